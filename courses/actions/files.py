"""Files that authors upload."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core.ids import new_id
from core.storage import store_file_once
from courses import facts
from courses.models import Asset
from courses.uploads import SUFFIX, Upload
from records.actions import record_fact
from records.facts import Actor


@transaction.atomic
def store_upload(*, upload: Upload, by: Actor, at: datetime) -> Asset:
    """Keep an examined file under its hash; the same file under the same name is kept once."""
    if by.actor_id is None:
        raise ValueError("only a person uploads files")
    key, digest = store_file_once(upload.file, suffix=SUFFIX[upload.content_type])
    known = Asset.objects.filter(sha256=digest, name=upload.name, content_type=upload.content_type).first()
    if known:
        return known
    asset = Asset(
        id=new_id(),
        name=upload.name,
        content_type=upload.content_type,
        size_bytes=upload.size_bytes,
        sha256=digest,
        storage_key=key,
        details=upload.details,
        uploaded_at=at,
        uploaded_by_id=by.actor_id,
    )
    record_fact(
        facts.ASSET_STORED,
        by=by,
        at=at,
        subject_type="asset",
        subject_id=asset.pk,
        payload={"name": asset.name, "sha256": digest, "content_type": asset.content_type},
    )
    asset.save(force_insert=True)
    return asset
