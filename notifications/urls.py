"""Addresses of the notifications room."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.mark_shown_read, name="mark_shown_read"),
    path("inbox/<uuid:message_id>/", views.open_message, name="open"),
    path("inbox/<uuid:message_id>/unread/", views.mark_unread, name="mark_unread"),
]
