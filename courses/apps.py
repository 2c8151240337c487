from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        from courses.kinds.base import register
        from courses.kinds.course.kind import CourseKind
        from courses.kinds.file.kind import FileKind
        from courses.kinds.page.kind import PageKind
        from courses.kinds.video.kind import VideoKind

        for kind in (PageKind(), VideoKind(), FileKind(), CourseKind()):
            register(kind)
