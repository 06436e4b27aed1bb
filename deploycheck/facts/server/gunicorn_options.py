"""The options of gunicorn 27.0.1 (its `gunicorn/config.py`), by the names that a config file uses."""

from __future__ import annotations

from deploycheck.facts.server.options import Style, table

GUNICORN = table(
    "gunicorn",
    Style.ARGPARSE,
    """
version -v --version flag
help -h --help flag
config -c --config text "./gunicorn.conf.py"
wsgi_app text
bind -b --bind many ["127.0.0.1:8000"]
backlog --backlog natural 2048
workers -w --workers natural 1
worker_class -k --worker-class text "sync"
threads --threads natural 1
worker_connections --worker-connections natural 1000
max_requests --max-requests natural 0
max_requests_jitter --max-requests-jitter natural 0
timeout -t --timeout natural 30
graceful_timeout --graceful-timeout natural 30
keepalive --keep-alive natural 2
limit_request_line --limit-request-line natural 4094
limit_request_fields --limit-request-fields natural 100
limit_request_field_size --limit-request-field_size natural 8190
reload --reload flag
reload_engine --reload-engine text "auto"
reload_extra_files --reload-extra-file many []
spew --spew flag
check_config --check-config flag
print_config --print-config flag
preload_app --preload flag
sendfile /--no-sendfile flag true
reuse_port --reuse-port flag
chdir --chdir text
daemon -D --daemon flag
raw_env -e --env many []
pidfile -p --pid text
worker_tmp_dir --worker-tmp-dir text
user -u --user text
group -g --group text
umask -m --umask text 0
initgroups --initgroups flag
tmp_upload_dir text
secure_scheme_headers text
forwarded_allow_ips --forwarded-allow-ips text "127.0.0.1,::1"
accesslog --access-logfile text
disable_redirect_access_to_syslog --disable-redirect-access-to-syslog flag
access_log_format --access-logformat text
errorlog --error-logfile --log-file text "-"
loglevel --log-level text "info"
capture_output --capture-output flag
logger_class --logger-class text "gunicorn.glogging.Logger"
logconfig --log-config text
logconfig_dict text {}
logconfig_json --log-config-json text
syslog_addr --log-syslog-to text
syslog --log-syslog flag
syslog_prefix --log-syslog-prefix text
syslog_facility --log-syslog-facility text "user"
enable_stdio_inheritance -R --enable-stdio-inheritance flag
statsd_host --statsd-host text
dogstatsd_tags --dogstatsd-tags text ""
statsd_prefix --statsd-prefix text ""
enable_backlog_metric --enable-backlog-metric flag
proc_name -n --name text
pythonpath --pythonpath text
paste --paste --paster text
proxy_protocol --proxy-protocol maybe "auto"
proxy_allow_ips --proxy-allow-from text "127.0.0.1,::1"
protocol --protocol text "http"
uwsgi_allow_ips --uwsgi-allow-from text "127.0.0.1,::1"
keyfile --keyfile text
certfile --certfile text
ssl_version --ssl-version text
cert_reqs --cert-reqs natural
ca_certs --ca-certs text
suppress_ragged_eofs --suppress-ragged-eofs flag true
do_handshake_on_connect --do-handshake-on-connect flag
ciphers --ciphers text
http_protocols --http-protocols text "h1"
http2_cleartext --http2-cleartext text "off"
http2_max_concurrent_streams --http2-max-concurrent-streams natural 100
http2_initial_window_size --http2-initial-window-size natural 65535
http2_max_frame_size --http2-max-frame-size natural 16384
http2_max_header_list_size --http2-max-header-list-size natural 65536
raw_paste_global_conf --paste-global many []
permit_obsolete_folding --permit-obsolete-folding flag
strip_header_spaces --strip-header-spaces flag
permit_unconventional_http_method --permit-unconventional-http-method flag
permit_unconventional_http_version --permit-unconventional-http-version flag
casefold_http_method --casefold-http-method flag
forwarder_headers --forwarder-headers text "SCRIPT_NAME,PATH_INFO"
header_map --header-map text "drop"
asgi_loop --asgi-loop text "auto"
asgi_lifespan --asgi-lifespan text "auto"
asgi_disconnect_grace_period --asgi-disconnect-grace-period natural 3
websocket_max_message_size --websocket-max-message-size natural
http_parser --http-parser text "auto"
root_path --root-path text ""
dirty_apps --dirty-app many []
dirty_workers --dirty-workers natural 0
dirty_timeout --dirty-timeout natural 300
dirty_threads --dirty-threads natural 1
dirty_graceful_timeout --dirty-graceful-timeout natural 30
control_socket --control-socket text
control_socket_mode --control-socket-mode text 384
control_socket_disable --no-control-socket flag
""",
)

HOOKS = (
    *("on_starting", "on_reload", "when_ready", "pre_fork", "post_fork", "post_worker_init", "worker_int"),
    *("worker_abort", "pre_exec", "pre_request", "post_request", "child_exit", "worker_exit"),
    *("nworkers_changed", "on_exit", "ssl_context"),
)
"""Functions that only a config file can set."""
