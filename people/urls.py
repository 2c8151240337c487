"""Addresses of the people room."""

from django.urls import path

from people.views import account, directory, organisation, person

app_name = "people"
urlpatterns = [
    path("account/", account.account, name="account"),
    path("account/theme/", account.theme, name="theme"),
    path("directory/", directory.directory, name="directory"),
    path("directory/new/", directory.new_person, name="new_person"),
    path("directory/organisation/", organisation.organisation, name="organisation"),
    path("directory/organisation/<slug:kind>/new/", organisation.add, name="add_to_organisation"),
    path("directory/<uuid:person_id>/", person.person, name="person"),
    path("directory/<uuid:person_id>/edit/", person.edit, name="edit_person"),
    path("directory/<uuid:person_id>/position/", person.change_position, name="change_position"),
    path("directory/<uuid:person_id>/roles/new/", person.grant_role, name="grant_role"),
    path("directory/<uuid:person_id>/roles/<uuid:grant_id>/revoke/", person.revoke_role, name="revoke_role"),
    path("directory/<uuid:person_id>/identity/", person.prove_identity, name="prove_identity"),
    path("directory/<uuid:person_id>/unlock/", person.unlock, name="unlock"),
    path("directory/<uuid:person_id>/close/", person.deactivate, name="deactivate"),
    path("directory/<uuid:person_id>/password-link/", person.send_password_link, name="send_password_link"),
]
