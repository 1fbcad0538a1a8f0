"""Each resource has a uuid: those that are there get theirs before it has to be unique."""

import uuid

from django.db import migrations, models


def give(apps, schema_editor):  # noqa: ARG001
    rows = apps.get_model("resources", "Resource").objects
    for pk in list(rows.values_list("pk", flat=True)):
        rows.filter(pk=pk).update(uuid=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("resources", "0001_initial")]

    operations = [
        migrations.AddField("Resource", "uuid", models.UUIDField(null=True, editable=False)),
        migrations.RunPython(give, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "Resource",
            "uuid",
            models.UUIDField(unique=True, default=uuid.uuid4, editable=False),
        ),
    ]
