"""Addresses of the people room."""

from django.urls import path

from people.views import account, directory, import_access, import_feed, imports, organisation, person

app_name = "people"
urlpatterns = [
    path("account/", account.account, name="account"),
    path("account/theme/", account.theme, name="theme"),
    path("directory/", directory.directory, name="directory"),
    path("directory/new/", directory.new_person, name="new_person"),
    path("directory/organisation/", organisation.organisation, name="organisation"),
    path("directory/organisation/<slug:kind>/new/", organisation.add, name="add_to_organisation"),
    path("directory/import/", imports.imports, name="imports"),
    path("directory/import/feed/", import_feed.import_feed, name="import_feed"),
    path("directory/import/access/", import_access.import_access, name="import_access"),
    path("directory/import/access/tokens/new/", import_access.new_token, name="new_token"),
    path("directory/import/access/tokens/<uuid:token_id>/revoke/", import_access.revoke_token, name="revoke_token"),
    path("directory/import/access/policy/", import_access.import_policy, name="import_policy"),
    path("directory/import/<uuid:import_id>/", imports.import_run, name="import_run"),
    path("directory/import/<uuid:import_id>/columns/", imports.import_columns, name="import_columns"),
    path("directory/import/<uuid:import_id>/job/", imports.import_job, name="import_job"),
    path("directory/import/<uuid:import_id>/call-off/", imports.call_off_import, name="call_off_import"),
    path("directory/import/<uuid:import_id>/apply/", imports.apply_import, name="apply_import"),
    path("directory/import/<uuid:import_id>/discard/", imports.discard_import, name="discard_import"),
    path("directory/import/<uuid:import_id>/rejected/", imports.import_rejects, name="import_rejects"),
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
