from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"

    def ready(self) -> None:
        from assessments import followers
        from assessments.kinds.practice.kind import PracticeKind
        from assessments.kinds.quiz.kind import QuizKind
        from courses.kinds.base import register

        register(QuizKind())
        register(PracticeKind())
        followers.connect()
