from django.forms.renderers import TemplatesSetting


class AttestFormRenderer(TemplatesSetting):
    """Fields in the look of the component library."""
