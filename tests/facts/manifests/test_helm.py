from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.gotemplate import render
from deploycheck.facts.manifests.helm import read
from deploycheck.facts.manifests.model import Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

TEMPLATE = """\
{{- if .Values.enabled -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}
  labels:
    {{- include "shop.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          {{- with .Values.command }}
          command: {{ toYaml . | nindent 12 }}
          {{- end }}
          env:
            - name: MODE
              value: {{ .Values.mode | quote }}
            {{- range $name, $value := .Values.env }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
            {{- if (eq .Values.a "b") }}
            - name: NOT_KNOWN
              value: x
            {{- end }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
{{- end }}
"""
VALUES = """\
enabled: true
replicas: 3
image: {repository: registry/shop}
autoscaling: {enabled: false}
mode: base
env: {B: two, A: 1}
command: [gunicorn, "main:app", -w, "2"]
resources: {limits: {memory: 512Mi}}
"""


def test_a_chart_with_its_values(plant: Plant) -> None:
    tree = plant(
        {
            "chart/Chart.yaml": "name: shop\nappVersion: '1.2'\n",
            "chart/values.yaml": VALUES,
            "chart/values-production.yaml": "mode: live\nreplicas: 5\n",
            "chart/templates/deployment.yaml": TEMPLATE,
            "chart/templates/_helpers.tpl": '{{- define "shop.fullname" -}}x{{- end }}',
            "chart/templates/broken.yaml": "kind: Deployment\n{{ if .Values.x }}\n",
            "chart/templates/odd.yaml": "kind: Service\nspec: {{ .Values.image }}: [\n",
        }
    )
    (manifest,) = read(tree)
    assert (manifest.platform.key, manifest.use, manifest.certain) == ("kubernetes", Use.PRODUCTION, False)
    (web,) = manifest.processes
    assert web.command is not None
    assert (web.name, web.command.words) == ("shop", ("gunicorn", "main:app", "-w", "2"))
    assert [(e.name, e.value, e.at.line) for e in manifest.environment] == [
        ("MODE", "live", 21),
        ("A", "1", 24),
        ("B", "two", 24),
    ]
    assert (manifest.replicas, manifest.memory, manifest.image) == (5, 512, "registry/shop:1.2")
    assert manifest.open_env


def test_charts_that_came_with_another(plant: Plant) -> None:
    tree = plant(
        {
            "chart/Chart.yaml": "name: shop\n",
            "chart/charts/x/Chart.yaml": "name: x\n",
            "chart/charts/x/values.yaml": VALUES,
            "chart/charts/x/templates/d.yaml": TEMPLATE,
        }
    )
    assert read(tree) == ()


def test_what_a_template_gives() -> None:
    values = {"Values": {"a": "x", "n": 0, "off": False, "list": [1, 2], "map": {"k": "v"}}}
    for template, text, whole in (
        ("{{ .Values.a }}-{{ $.Values.a | quote }}", 'x-"x"', True),
        ("{{ .Values.n | default 5 }}{{ .Values.none | default .Values.a }}", "5x", True),
        ("a {{- if .Values.off }} b {{- else if .Values.a }} c {{- else }} d {{- end }}", "a c", True),
        ("{{ range .Values.list }}{{ . }},{{ end }}", "1,2,", True),
        ("{{ with .Values.map }}{{ .k }}{{ end }}", "v", True),
        ("x: {{ toYaml .Values.map | nindent 2 }}", "x: \n  k: v", True),
        ("{{/* said */}}{{ lookup .Values.a }}", "unknown", False),
        ("{{ if semverCompare .Values.a }}x{{ end }}", "", False),
        ("{{ if and .Values.a (not .Values.off) }}x{{ end }}", "", False),
        ("{{ if or .Values.off .Values.a }}y{{ end }}{{ if eq .Values.a `x` }}z{{ end }}", "yz", True),
        ('{{ define "n" }}x{{ end }}', "", True),
    ):
        rendered = render(template, values)
        assert rendered is not None, template
        assert (rendered.text, rendered.whole) == (text, whole), template
    assert render("{{ end }}", values) is None
    assert render("{{ if .Values.a }}", values) is None
