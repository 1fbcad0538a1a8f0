"""Each person has a uuid: those that are there get theirs before it has to be unique."""

import uuid

from django.db import migrations, models


def give(apps, schema_editor):  # noqa: ARG001
    rows = apps.get_model("accounts", "Person").objects
    for pk in list(rows.values_list("pk", flat=True)):
        rows.filter(pk=pk).update(uuid=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people_and_gate")]

    operations = [
        migrations.AddField("Person", "uuid", models.UUIDField(null=True, editable=False)),
        migrations.RunPython(give, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "Person",
            "uuid",
            models.UUIDField(unique=True, default=uuid.uuid4, editable=False),
        ),
    ]
