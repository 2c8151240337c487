"""Every write of the courses room, each with its fact."""

from courses.actions.decisions import (
    ContentChanged,
    NotAllowed,
    NotReady,
    SubmittedAnew,
    approve_version,
    make_effective,
    retire_version,
    return_version,
    signed_record,
    submit_version,
)
from courses.actions.drafts import (
    AlreadyInWork,
    CodeTaken,
    LabelTaken,
    create_course,
    edit_version,
    start_new_version,
)
from courses.actions.editing import NotADraft, Stale, note_activity_edited
from courses.actions.files import store_upload
from courses.actions.parts import (
    NothingToUndo,
    add_activity,
    add_module,
    edit_activity,
    edit_module,
    move_activity,
    move_module,
    remove_activity,
    remove_module,
    undo_removal,
)
from courses.actions.paths import AsksInACircle

__all__ = [
    "AlreadyInWork",
    "AsksInACircle",
    "CodeTaken",
    "ContentChanged",
    "LabelTaken",
    "NotADraft",
    "NotAllowed",
    "NotReady",
    "NothingToUndo",
    "Stale",
    "SubmittedAnew",
    "add_activity",
    "add_module",
    "approve_version",
    "create_course",
    "edit_activity",
    "edit_module",
    "edit_version",
    "make_effective",
    "move_activity",
    "move_module",
    "note_activity_edited",
    "remove_activity",
    "remove_module",
    "retire_version",
    "return_version",
    "signed_record",
    "start_new_version",
    "store_upload",
    "submit_version",
    "undo_removal",
]
