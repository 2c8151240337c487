"""The small parts of every page: icons, states, times, charts and the seal, as cached HTML.

Pages use them through the template tags in `core.templatetags.attest`; PDFs, mails and exports may
call them directly. A page holds hundreds of them, so nothing here renders a template.
"""
