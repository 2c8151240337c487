"""Addresses of the reporting room."""

from django.urls import path

from reporting.views import certificates, people, reports, team, trail

app_name = "reporting"
urlpatterns = [
    path("team/", team.team, name="team"),
    path("team/exceptions/", team.team_exceptions, name="team_exceptions"),
    path("team/team.csv", team.team_csv, name="team_csv"),
    path("team/team.xlsx", team.team_xlsx, name="team_xlsx"),
    path("people/", people.people, name="people"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/<slug:part>/", people.person, name="person_part"),
    path("certificates/<uuid:certificate_id>/", certificates.certificate, name="certificate"),
    path("certificates/<uuid:certificate_id>/certificate.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("trail/", trail.trail, name="trail"),
    path("trail/trail.csv", trail.trail_file, {"format": "csv"}, name="trail_csv"),
    path("trail/trail.json", trail.trail_file, {"format": "json"}, name="trail_json"),
    path("trail/<int:number>/", trail.entry, name="entry"),
    path("reports/", reports.reports, name="reports"),
    path("reports/new/", reports.new_report, name="new_report"),
    path("reports/ask/", reports.ask, name="ask"),
    path("reports/<uuid:job_id>/", reports.job, name="job"),
    path("reports/<uuid:job_id>/cancel/", reports.cancel, name="cancel"),
    path("reports/<uuid:job_id>/<slug:format>/", reports.report_file, name="report_file"),
]
