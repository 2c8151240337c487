"""Addresses of the notifications room."""

from django.urls import path

from notifications.views import bounced, choices, inbox, log, policy, push, wordings

app_name = "notifications"
urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.mark_shown_read, name="mark_shown_read"),
    path("inbox/<uuid:message_id>/", inbox.open_message, name="open"),
    path("inbox/<uuid:message_id>/unread/", inbox.mark_unread, name="mark_unread"),
    path("account/messages/", choices.choices, name="choices"),
    path("account/messages/devices/", push.add_device, name="add_device"),
    path("account/messages/devices/<uuid:device_id>/remove/", push.remove_device, name="remove_device"),
    path("sw.js", push.service_worker, name="service_worker"),
    path("messages/", log.log, name="log"),
    path("messages/log.csv", log.log_csv, name="log_csv"),
    path("messages/people/<uuid:person_id>/", log.person_log, name="person_log"),
    path("messages/people/<uuid:person_id>/bounced/", bounced.bounced, name="bounced"),
    path("messages/policy/", policy.policy, name="policy"),
    path("messages/wording/", wordings.wordings, name="wordings"),
    path("messages/wording/<str:code>/", wordings.wording, name="wording"),
    path("messages/wording/<str:code>/preview/", wordings.wording_preview, name="wording_preview"),
    path("messages/wording/<str:code>/reset/", wordings.reset_wording, name="reset_wording"),
]
