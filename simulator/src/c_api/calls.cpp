// The functions of a test between its begin and its end: flows, packets, ends, time and held
// threads; and what it can look at: values, callbacks, records, log lines, violations.
#include <cmath>

#include "c_api/test.hpp"
#include "surisim/callback.hpp"
#include "surisim/rules.hpp"
#include "surisim/summary.hpp"
#include "surisim/traffic.hpp"

using surisim::FlowSpec;
using surisim::PacketSpec;
using surisim::Traffic;
using surisim::c_api::guarded;
using surisim::c_api::text_of;
using surisim::c_api::Where;

namespace {

PacketSpec spec_of(const surisim_packet& packet) {
  PacketSpec spec;
  spec.to_server = !packet.to_client;
  if (packet.payload != nullptr)
    spec.payload = packet.length != 0 ? std::string(packet.payload, packet.length) : packet.payload;
  if (packet.tcp_flags != 0) spec.tcp_flags = static_cast<std::uint8_t>(packet.tcp_flags);
  spec.gap = packet.gap;
  spec.bad_checksum = packet.bad_checksum;
  if (packet.fragments != 0) spec.fragments = packet.fragments;
  if (packet.icmp_error) spec.icmp_error = static_cast<std::uint8_t>(packet.icmp_code);
  return spec;
}

// Before the flow's first packet.
template <class Change>
bool change(Where where, surisim_flow* flow, Change how) {
  return guarded(flow, where, false, [&](surisim_test& test, Traffic& traffic) {
    FlowSpec spec = *traffic.spec_of(flow->id);
    how(spec);
    return test.succeeded(traffic.change_flow(flow->id, std::move(spec)), where);
  });
}

}  // namespace

extern "C" {

surisim_flow* surisim_flow_at(const char* file, int line, surisim_test* test, int protocol,
                              const char* client, const char* server) {
  const Where where{file, line};
  surisim_flow* const none = nullptr;
  return guarded(test, where, none, [&](surisim_test& its) {
    Traffic* const traffic = its.traffic_now(where);
    if (traffic == nullptr) return none;
    if (protocol != SURISIM_ICMP && (protocol < 0 || protocol > 255)) {
      its.fail(where, "expected an IP protocol from 0 to 255, got " + std::to_string(protocol));
      return none;
    }
    FlowSpec spec{.client = text_of(client), .server = text_of(server)};
    spec.proto = protocol == SURISIM_ICMP ? surisim::icmp_of(spec.client)
                                          : static_cast<std::uint8_t>(protocol);
    const auto id = traffic->add_flow(std::move(spec));
    if (!its.succeeded(id, where)) return none;
    return &its.flows.emplace_back(surisim_flow{&its, *id});
  });
}

bool surisim_on_at(const char* file, int line, surisim_flow* flow, unsigned worker) {
  return change({file, line}, flow, [&](FlowSpec& spec) { spec.worker = worker; });
}

bool surisim_vlan_at(const char* file, int line, surisim_flow* flow, unsigned id) {
  return change({file, line}, flow,
                [&](FlowSpec& spec) { spec.vlans.push_back(static_cast<std::uint16_t>(id)); });
}

bool surisim_send_at(const char* file, int line, surisim_flow* flow, surisim_packet packet) {
  const Where where{file, line};
  return guarded(flow, where, false, [&](surisim_test& test, Traffic& traffic) {
    return test.succeeded(traffic.send(flow->id, spec_of(packet)), where);
  });
}

bool surisim_exchange_at(const char* file, int line, surisim_flow* flow, surisim_exchange what) {
  const Where where{file, line};
  return guarded(flow, where, false, [&](surisim_test& test, Traffic& traffic) {
    return test.succeeded(exchange(traffic, flow->id, static_cast<surisim::Exchange>(what)), where);
  });
}

bool surisim_raw_at(const char* file, int line, surisim_test* test, const void* frame,
                    size_t length, unsigned worker) {
  const Where where{file, line};
  return guarded(test, where, false, [&](surisim_test& its) {
    Traffic* const traffic = its.traffic_now(where);
    const std::string_view bytes(static_cast<const char*>(frame), frame != nullptr ? length : 0);
    return traffic != nullptr && its.succeeded(traffic->send_raw(bytes, worker), where);
  });
}

bool surisim_end_at(const char* file, int line, surisim_flow* flow, surisim_flow_end how,
                    unsigned worker) {
  using surisim::FlowEnd;
  const Where where{file, line};
  return guarded(flow, where, false, [&](surisim_test& test, Traffic& traffic) {
    const auto end = [&](FlowEnd chosen) {
      return test.succeeded(traffic.end(flow->id, chosen, worker), where);
    };
    switch (how) {
      case SURISIM_TIME_OUT:
        return end(FlowEnd::time_out);
      case SURISIM_TIME_OUT_IN_ROW:
        return end(FlowEnd::hash_row);
      case SURISIM_TAKE_UNDER_PRESSURE:
        return end(FlowEnd::memory_pressure);
      case SURISIM_REUSE:
        return test.succeeded(traffic.reuse(flow->id), where);
      case SURISIM_HAND_BACK_AT_SHUTDOWN:
        return end(FlowEnd::shutdown_hand_back);
      case SURISIM_LEAVE_TO_BACKSTOP:
        return end(FlowEnd::shutdown_backstop);
    }
    test.fail(where, "there is no such end of a flow");
    return false;
  });
}

bool surisim_pass_at(const char* file, int line, surisim_test* test, double seconds, bool asleep) {
  const Where where{file, line};
  return guarded(test, where, false, [&](surisim_test& its) {
    Traffic* const traffic = its.traffic_now(where);
    if (traffic == nullptr) return false;
    constexpr double kMost = 1e9;
    if (!(std::fabs(seconds) <= kMost)) {
      its.fail(where, "expected at most 1000000000 seconds, got " + std::to_string(seconds));
      return false;
    }
    const std::chrono::microseconds time(static_cast<std::int64_t>(std::llround(seconds * 1e6)));
    return its.succeeded(traffic->pass(time, asleep), where);
  });
}

bool surisim_hold_at(const char* file, int line, surisim_test* test, const char* thread,
                     surisim_point point) {
  const Where where{file, line};
  return guarded(test, where, false, [&](surisim_test& its) {
    Traffic* const traffic = its.traffic_now(where);
    std::optional<surisim::FlowPoint> at;
    if (point != SURISIM_ANY_POINT) at = static_cast<surisim::FlowPoint>(point - 1);
    return traffic != nullptr && its.succeeded(traffic->hold(text_of(thread), at), where);
  });
}

bool surisim_release_at(const char* file, int line, surisim_test* test, const char* thread) {
  const Where where{file, line};
  return guarded(test, where, false, [&](surisim_test& its) {
    Traffic* const traffic = its.traffic_now(where);
    return traffic != nullptr && its.succeeded(traffic->release(text_of(thread)), where);
  });
}

}  // extern "C"

// surisim_exchange and surisim_point are converted by their numbers.
static_assert(SURISIM_ICMP_ERROR == static_cast<int>(surisim::Exchange::icmp_error));
static_assert(SURISIM_IN_FLOW_FREE - 1 == static_cast<int>(surisim::FlowPoint::flow_free));
static_assert(SURISIM_AFTER_FLOW_FREE - 1 == static_cast<int>(surisim::FlowPoint::after_flow_free));

using surisim::Traffic;
using surisim::c_api::guarded;
using surisim::c_api::kNoLine;
using surisim::c_api::text_of;
using surisim::c_api::Where;

namespace {

constexpr const char* kNothing[] = {nullptr};

// The texts that `list` returns.
template <class List>
surisim_texts texts_of(surisim_test* test, List list) {
  return guarded(test, kNoLine, surisim_texts{0, kNothing},
                 [&](surisim_test& its) { return its.keep(list(its)); });
}

std::vector<std::string> callbacks_of(const surisim_test& test, bool threads_too) {
  std::vector<std::string> calls;
  for (const surisim::Callback& call : surisim::callbacks_in(test.runtime->events())) {
    if (threads_too || call.kind != "thread init") calls.push_back(to_string(call));
  }
  return calls;
}

}  // namespace

extern "C" {

const char* surisim_worker_at(const char* file, int line, surisim_test* test, unsigned worker) {
  const Where where{file, line};
  const char* const none = nullptr;
  return guarded(test, where, none, [&](surisim_test& its) {
    Traffic* const traffic = its.traffic_now(where);
    if (traffic == nullptr) return none;
    auto name = traffic->worker_name(worker);
    return its.succeeded(name, where) ? its.keep(*std::move(name)) : none;
  });
}

void* surisim_thread_value_at(const char* file, int line, surisim_test* test, const char* thread,
                              const char* slot) {
  const Where where{file, line};
  void* const none = nullptr;
  return guarded(test, where, none, [&](surisim_test& its) {
    if (thread == nullptr || its.traffic_now(where) == nullptr) return none;
    const auto value = its.runtime->thread_value(thread, text_of(slot));
    return its.succeeded(value, where) ? *value : none;
  });
}

void* surisim_flow_value_at(const char* file, int line, surisim_flow* flow, const char* slot) {
  const Where where{file, line};
  void* const none = nullptr;
  return guarded(flow, where, none, [&](surisim_test& test, Traffic& traffic) {
    const auto value = traffic.value(flow->id, text_of(slot));
    return test.succeeded(value, where) ? *value : none;
  });
}

uint64_t surisim_flow_number(const surisim_flow* flow) {
  return flow != nullptr ? flow->test->traffic->number_of(flow->id) : 0;
}

bool surisim_flow_is_open(const surisim_flow* flow) {
  return flow != nullptr && flow->test->traffic->is_open(flow->id);
}

surisim_texts surisim_callbacks(surisim_test* test) {
  return texts_of(test, [](const surisim_test& its) { return callbacks_of(its, true); });
}
surisim_texts surisim_flow_callbacks(surisim_test* test) {
  return texts_of(test, [](const surisim_test& its) { return callbacks_of(its, false); });
}

surisim_texts surisim_eve_records(surisim_test* test, const char* event_type) {
  return texts_of(test, [&](const surisim_test& its) {
    std::vector<std::string> records = its.eve->all();
    const std::string type = "\"event_type\":\"" + text_of(event_type) + "\"";
    std::erase_if(records, [&](const std::string& line) {
      return event_type != nullptr && line.find(type) == std::string::npos;
    });
    return records;
  });
}

surisim_texts surisim_log_lines(surisim_test* test) {
  return texts_of(test, [](const surisim_test& its) {
    std::vector<std::string> lines;
    for (const surisim::Event& event : its.runtime->events()) {
      if (event.kind == surisim::EventKind::log) lines.emplace_back(event.what);
    }
    return lines;
  });
}

surisim_texts surisim_violations(surisim_test* test, const char* rule) {
  if (test != nullptr && rule != nullptr && surisim::find_rule(rule) == nullptr)
    test->fail(kNoLine, surisim::unknown_rule(rule));
  return texts_of(test, [&](const surisim_test& its) {
    std::vector<std::string> found;
    for (const surisim::Violation& violation : its.runtime->summary().violations) {
      if (rule == nullptr) {
        found.push_back(violation.rule + ": " + violation.message);
      } else if (violation.rule == rule) {
        found.push_back(violation.message);
      }
    }
    return found;
  });
}

}  // extern "C"
