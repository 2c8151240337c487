"""Log lines that name their request."""

import logging

from core.context import request_id


class RequestFilter(logging.Filter):
    """Give every log record the id of the request or task under way."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get() or "-"
        return True
