"""A cache on Redis that can be lost at any time: a miss instead of an error."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import ConnectionError, TimeoutError

from core.patience import Patience

log = logging.getLogger(__name__)
patience = Patience(seconds=2)


def _forgiving(name: str, otherwise: Any) -> Callable[..., Any]:
    def call(self: RedisCacheClient, *args: Any, **kwargs: Any) -> Any:
        if not patience.is_resting:
            try:
                return getattr(RedisCacheClient, name)(self, *args, **kwargs)
            except (ConnectionError, TimeoutError) as error:
                patience.rest()
                log.warning("Redis did not answer %s: %s", name, error)
        return args[1] if name == "get" and len(args) > 1 else otherwise

    return call


class ForgivingRedisCacheClient(RedisCacheClient):
    """Answer like an empty cache while Redis is away."""

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return one client for all calls: Django makes a new one each time, which costs more than the call."""
        if not hasattr(self, "_kept_client"):
            self._kept_client = super().get_client(key, write=write)
        return self._kept_client

    add = _forgiving("add", True)
    get = _forgiving("get", None)
    set = _forgiving("set", None)
    touch = _forgiving("touch", False)
    incr = _forgiving("incr", 1)
    delete = _forgiving("delete", False)
    has_key = _forgiving("has_key", False)
    get_many = _forgiving("get_many", {})
    set_many = _forgiving("set_many", [])
    delete_many = _forgiving("delete_many", None)
    clear = _forgiving("clear", False)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, on the client above, with a short patience unless the settings have another."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {"socket_timeout": 1, "socket_connect_timeout": 0.5, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._class = ForgivingRedisCacheClient
