//! What the plugins in use may be told, from their documentation: Fluentd 1.19, elasticsearch 5.4 and 6.0, kubernetes_metadata 3.8,
//! concat 2.6, detect_exceptions 0.0.16, record_modifier 2.2, dedot 1.0, parser-cri 0.1 and prometheus 2.2.
//!
//! Parameters that are deprecated, or that nobody should use here, are left out: to need one is a reason to look.

use Type::{Bool, Enum, Float, Integer, List, Map, Size, Text, Time};

/// What a parameter holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    Text,
    Bool,
    Integer,
    Float,
    /// Bytes: a number with `k`, `m`, `g` or `t`, and a `B` for who reads it.
    Size,
    /// Seconds, or a number with `s`, `m`, `h` or `d`.
    Time,
    /// JSON, or items between commas.
    List,
    /// A list of these items.
    Items(&'static [&'static str]),
    Map,
    Enum(&'static [&'static str]),
}

/// The parameters of one kind of section.
#[derive(Debug)]
pub(super) struct Table {
    /// The section's name.
    pub(super) section: &'static str,
    /// Its `@type`; empty where it has none.
    pub(super) kind: &'static str,
    pub(super) parameters: &'static [(&'static str, Type)],
    /// Those that it cannot do without.
    pub(super) required: &'static [&'static str],
    /// The sections that it may have, by name.
    pub(super) sections: &'static [&'static str],
}

const BUFFER_ACTIONS: &[&str] = &["throw_exception", "block", "drop_oldest_chunk"];
const CLIENT_TLS: &[&str] = &["TLSv1_2", "TLSv1_3"];
const SERVER_TLS: &[&str] = &["TLS1_2", "TLS1_3", "TLSv1_2", "TLSv1_3"];
const LANGUAGES: &[&str] =
    &["all", "csharp", "dart", "go", "java", "javascript", "js", "php", "py", "python", "rb", "ruby"];

const fn table(section: &'static str, kind: &'static str, parameters: &'static [(&'static str, Type)]) -> Table {
    Table { section, kind, parameters, required: &[], sections: &[] }
}

/// All tables.
pub(super) const TABLES: &[Table] = &[
    table(
        "system",
        "",
        &[
            ("config_include_dir", Text),
            ("emit_error_log_interval", Time),
            ("ignore_repeated_log_interval", Time),
            ("ignore_same_log_interval", Time),
            ("log_level", Enum(&["trace", "debug", "info", "warn", "error", "fatal"])),
            ("process_name", Text),
            ("root_dir", Text),
            ("strict_config_value", Bool),
            ("suppress_config_dump", Bool),
            ("suppress_repeated_stacktrace", Bool),
            ("workers", Integer),
        ],
    ),
    Table {
        required: &["path", "tag", "pos_file"],
        sections: &["parse"],
        ..table(
            "source",
            "tail",
            &[
                ("emit_unmatched_lines", Bool),
                ("enable_stat_watcher", Bool),
                ("enable_watch_timer", Bool),
                ("encoding", Text),
                ("exclude_path", List),
                ("follow_inodes", Bool),
                ("from_encoding", Text),
                ("ignore_repeated_permission_error", Bool),
                ("limit_recently_modified", Time),
                ("max_line_size", Size),
                ("multiline_flush_interval", Time),
                ("open_on_every_update", Bool),
                ("path", Text),
                ("path_key", Text),
                ("path_timezone", Text),
                ("pos_file", Text),
                ("pos_file_compaction_interval", Time),
                ("read_bytes_limit_per_second", Size),
                ("read_from_head", Bool),
                ("read_lines_limit", Integer),
                ("refresh_interval", Time),
                ("rotate_wait", Time),
                ("skip_refresh_on_startup", Bool),
                ("tag", Text),
            ],
        )
    },
    table(
        "parse",
        "cri",
        &[("keep_time_key", Bool), ("merge_cri_fields", Bool), ("time_format", Text), ("time_key", Text)],
    ),
    table(
        "parse",
        "json",
        &[
            ("estimate_current_event", Bool),
            ("json_parser", Enum(&["oj", "yajl", "json"])),
            ("keep_time_key", Bool),
            ("null_empty_string", Bool),
            ("time_format", Text),
            ("time_key", Text),
            ("time_type", Enum(&["float", "unixtime", "string", "mixed"])),
            ("types", Map),
        ],
    ),
    Table {
        sections: &["transport"],
        ..table(
            "source",
            "prometheus",
            &[("aggregated_metrics_path", Text), ("bind", Text), ("metrics_path", Text), ("port", Integer)],
        )
    },
    table("source", "prometheus_output_monitor", &[("gauge_all", Bool), ("interval", Time)]),
    table("source", "prometheus_tail_monitor", &[("interval", Time)]),
    table(
        "transport",
        "",
        &[
            ("ca_path", Text),
            ("cert_path", Text),
            ("ciphers", Text),
            ("client_cert_auth", Bool),
            ("max_version", Enum(SERVER_TLS)),
            ("min_version", Enum(SERVER_TLS)),
            ("private_key_passphrase", Text),
            ("private_key_path", Text),
        ],
    ),
    Table {
        required: &["key"],
        ..table(
            "filter",
            "concat",
            &[
                ("continuous_line_regexp", Text),
                ("flush_interval", Time),
                ("keep_partial_key", Bool),
                ("key", Text),
                ("multiline_end_regexp", Text),
                ("multiline_start_regexp", Text),
                ("n_lines", Integer),
                ("partial_cri_logtag_key", Text),
                ("partial_cri_stream_key", Text),
                ("separator", Text),
                ("stream_identity_key", Text),
                ("timeout_label", Text),
                ("use_first_timestamp", Bool),
                ("use_partial_cri_logtag", Bool),
            ],
        )
    },
    table(
        "filter",
        "elasticsearch_genid",
        &[
            ("hash_id_key", Text),
            ("hash_type", Enum(&["md5", "sha1", "sha256", "sha512"])),
            ("include_tag_in_seed", Bool),
            ("include_time_in_seed", Bool),
            ("record_keys", List),
            ("separator", Text),
            ("use_entire_record", Bool),
            ("use_record_as_seed", Bool),
        ],
    ),
    table(
        "filter",
        "kubernetes_metadata",
        &[
            ("allow_orphans", Bool),
            ("annotation_match", List),
            ("bearer_token_file", Text),
            ("ca_file", Text),
            ("cache_size", Integer),
            ("cache_ttl", Integer),
            ("kubernetes_url", Text),
            ("open_timeout", Integer),
            ("read_timeout", Integer),
            ("skip_container_metadata", Bool),
            ("skip_labels", Bool),
            ("skip_master_url", Bool),
            ("skip_namespace_labels", Bool),
            ("skip_namespace_metadata", Bool),
            ("skip_pod_labels", Bool),
            ("stats_interval", Integer),
            ("verify_ssl", Bool),
            ("watch", Bool),
        ],
    ),
    Table {
        required: &["key_name"],
        sections: &["parse"],
        ..table(
            "filter",
            "parser",
            &[
                ("emit_invalid_record_to_error", Bool),
                ("hash_value_field", Text),
                ("inject_key_prefix", Text),
                ("key_name", Text),
                ("remove_key_name_field", Bool),
                ("replace_invalid_sequence", Bool),
                ("reserve_data", Bool),
                ("reserve_time", Bool),
            ],
        )
    },
    Table {
        sections: &["record"],
        ..table(
            "filter",
            "record_modifier",
            &[("char_encoding", Text), ("remove_keys", List), ("whitelist_keys", List)],
        )
    },
    table("filter", "dedot", &[("de_dot", Bool), ("de_dot_nested", Bool), ("de_dot_separator", Text)]),
    table("match", "null", &[]),
    Table { required: &["@label"], ..table("match", "relabel", &[]) },
    Table {
        required: &["remove_tag_prefix"],
        ..table(
            "match",
            "detect_exceptions",
            &[
                ("force_line_breaks", Bool),
                ("languages", Type::Items(LANGUAGES)),
                ("max_bytes", Integer),
                ("max_lines", Integer),
                ("message", Text),
                ("multiline_flush_interval", Time),
                ("remove_tag_prefix", Text),
                ("stream", Text),
            ],
        )
    },
    Table {
        required: &["hosts"],
        sections: &["buffer"],
        ..table(
            "match",
            "elasticsearch",
            &[
                ("bulk_message_request_threshold", Size),
                ("ca_file", Text),
                ("client_cert", Text),
                ("client_key", Text),
                (
                    "compression_level",
                    Enum(&["no_compression", "best_speed", "best_compression", "default_compression"]),
                ),
                ("default_elasticsearch_version", Integer),
                ("emit_error_for_missing_id", Bool),
                ("hosts", Text),
                ("id_key", Text),
                ("include_tag_key", Bool),
                ("include_timestamp", Bool),
                ("index_name", Text),
                ("log_es_400_reason", Bool),
                ("logstash_dateformat", Text),
                ("logstash_format", Bool),
                ("logstash_prefix", Text),
                ("logstash_prefix_separator", Text),
                ("max_retry_get_es_version", Integer),
                ("password", Text),
                ("pipeline", Text),
                ("reconnect_on_error", Bool),
                ("reload_after", Integer),
                ("reload_connections", Bool),
                ("reload_on_failure", Bool),
                ("request_timeout", Time),
                ("resurrect_after", Time),
                ("retry_tag", Text),
                ("ssl_max_version", Enum(CLIENT_TLS)),
                ("ssl_min_version", Enum(CLIENT_TLS)),
                ("ssl_verify", Bool),
                ("suppress_type_name", Bool),
                ("tag_key", Text),
                ("time_key", Text),
                ("time_precision", Integer),
                ("unrecoverable_error_types", List),
                ("user", Text),
                ("utc_index", Bool),
                ("verify_es_version_at_startup", Bool),
                ("write_operation", Enum(&["index", "create", "update", "upsert"])),
            ],
        )
    },
    Table {
        required: &["path", "total_limit_size", "overflow_action"],
        ..table(
            "buffer",
            "file",
            &[
                ("chunk_full_threshold", Float),
                ("chunk_limit_records", Integer),
                ("chunk_limit_size", Size),
                ("compress", Enum(&["text", "gzip", "zstd"])),
                ("delayed_commit_timeout", Time),
                ("disable_chunk_backup", Bool),
                ("flush_at_shutdown", Bool),
                ("flush_interval", Time),
                ("flush_mode", Enum(&["default", "lazy", "interval", "immediate"])),
                ("flush_thread_burst_interval", Float),
                ("flush_thread_count", Integer),
                ("flush_thread_interval", Float),
                ("overflow_action", Enum(BUFFER_ACTIONS)),
                ("path", Text),
                ("queued_chunks_limit_size", Integer),
                ("retry_exponential_backoff_base", Float),
                ("retry_forever", Bool),
                ("retry_max_interval", Time),
                ("retry_max_times", Integer),
                ("retry_randomize", Bool),
                ("retry_timeout", Time),
                ("retry_type", Enum(&["exponential_backoff", "periodic"])),
                ("retry_wait", Time),
                ("timekey", Time),
                ("timekey_use_utc", Bool),
                ("timekey_wait", Time),
                ("timekey_zone", Text),
                ("total_limit_size", Size),
            ],
        )
    },
];
