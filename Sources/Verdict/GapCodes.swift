extension Gap {
  /// Every code that a verdict's gap may have: what a misspelled one in an expectation is held against.
  public static let codes: Set<String> = [
    "acknowledgments_unheard", "bucket_by_chance", "capture_drops", "capture_gap", "capture_missed", "clock_step",
    "close_origin", "cut_short", "data_not_arrived", "delay_unseen", "dns_answer_origin", "duplicated_frames",
    "end_unanswered",
    "handshake_unfinished", "icmp_error", "idle_before_reset", "idle_before_silence", "invite_unanswered", "ipv6_path",
    "large_packets_missing", "late_answers", "line_full", "line_rate", "loss_at_source", "loss_explains_silence",
    "losses_unexamined", "mapping_changed", "media_hole", "media_stopped", "mid_flow", "missing_at_sender",
    "monitor_capture", "nat_rebound", "network_change", "no_answer_seen", "no_control", "no_data", "no_faster_time",
    "no_handshake", "no_media", "no_media_back", "no_request", "nothing_owed", "one_direction", "one_sided_capture",
    "one_way_agreed", "other_address_answered", "other_path", "page_origin", "path_changed", "path_left", "path_mtu",
    "path_not_chosen", "peer_behind_relay", "peer_candidate", "peer_consents", "peer_moved", "probes_unanswered",
    "queue_before_silence", "queue_too_small_to_see", "rate_of_sender", "rate_wanders", "reflector_port",
    "regular_losses", "relay_busy", "requests_unanswered", "reset_origin", "sender_thinning", "server_role_unknown",
    "server_silent", "server_unanswered", "servers_own_capture", "shared_queue", "silence_ended", "state_lost",
    "stopped_alike", "too_few_losses", "too_few_packets", "too_few_trials", "too_many_streams", "too_short",
    "transfer_held_elsewhere", "unfinished_record", "unreachable_by_design", "upload_unacknowledged",
  ]
}
