// What a test can look at between two calls: values, callbacks, records, log lines, violations.
#include "c_api/test.hpp"
#include "surisim/callback.hpp"
#include "surisim/rules.hpp"
#include "surisim/summary.hpp"

using surisim::Traffic;
using surisim::c_api::guarded;
using surisim::c_api::kHere;
using surisim::c_api::text_of;
using surisim::c_api::Where;

namespace {

constexpr const char* kNothing[] = {nullptr};

// The texts that `list` returns.
template <class List>
surisim_texts texts_of(surisim_test* test, List list) {
  return guarded(test, kHere, surisim_texts{0, kNothing},
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
    test->fail(kHere, std::string("there is no rule \"") + rule +
                          "\"; the closest: " + std::string(surisim::closest_rule(rule)));
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
