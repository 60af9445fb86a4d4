#include "engine/loggers.hpp"

#include <algorithm>
#include <cstdint>

#include "abi/callback_run.hpp"
#include "engine/record.hpp"

namespace surisim::engine {

namespace {

const char* name_of(JournalCallback kind) {
  return kind == JournalCallback::flow_logger ? "flow_logger" : "packet_logger";
}

// Calls `call` with the node and the data of each logger from `begin` on and before `end`.
template <class Fns, class Call>
void for_each(const abi::CallbackList<Fns>& list, const std::vector<void*>& data, std::size_t begin,
              std::size_t end, Call call) {
  const auto* node = list.first();
  end = std::min(end, data.size());
  for (std::size_t i = 0; i < end && node != nullptr; ++i) {
    if (i >= begin) call(*node, data[i]);
    node = node->next.load(std::memory_order_acquire);
  }
}

// Initialises the loggers from `begin` on and before `end`, by their place in the list.
template <class Fns>
void init_all(const abi::CallbackList<Fns>& list, JournalCallback kind, Thread& thread,
              std::vector<void*>& data, std::size_t begin, std::size_t end) {
  std::size_t place = 0;
  for (const auto* node = list.first(); node != nullptr && place < end;
       node = node->next.load(std::memory_order_acquire)) {
    if (place++ < begin || node->fn.thread_init == nullptr) continue;
    record(EventKind::logger_thread_init,
           {.what = name_of(kind), .detail = intern_here(node->fn.name), .thread = &thread});
    void* made = nullptr;
    TmEcode done = TM_ECODE_FAILED;
    abi::run_guarded(kind, thread.tv(), node->plugin,
                     reinterpret_cast<const void*>(node->fn.thread_init),
                     [&] { done = node->fn.thread_init(thread.tv(), node->user, &made); });
    if (done == TM_ECODE_OK) data.push_back(made);
  }
}

template <class Fns>
void deinit_all(const abi::CallbackList<Fns>& list, JournalCallback kind, Thread& thread,
                std::vector<void*>& data) {
  for_each(list, data, 0, data.size(), [&](const auto& node, void* mine) {
    if (node.fn.thread_deinit == nullptr) return;
    record(EventKind::logger_thread_deinit,
           {.what = name_of(kind), .detail = intern_here(node.fn.name), .thread = &thread});
    abi::run_guarded(kind, thread.tv(), node.plugin,
                     reinterpret_cast<const void*>(node.fn.thread_deinit),
                     [&] { node.fn.thread_deinit(thread.tv(), mine); });
  });
  data.clear();
}

}  // namespace

void FlowLoggers::init(Thread& thread, std::size_t begin, std::size_t end) {
  init_all(abi::state().flow_loggers, JournalCallback::flow_logger, thread, data_, begin, end);
}

void FlowLoggers::thread_deinit(Thread& thread) {
  deinit_all(abi::state().flow_loggers, JournalCallback::flow_logger, thread, data_);
}

void FlowLoggers::run(Thread& thread, Flow& flow, std::size_t begin, std::size_t end) const {
  for_each(abi::state().flow_loggers, data_, begin, end, [&](const auto& node, void* mine) {
    if (thread.context().record_flows)
      record_flow(EventKind::logger_run, flow, &thread, "flow_logger", intern_here(node.fn.name));
    abi::run_guarded(JournalCallback::flow_logger, thread.tv(), node.plugin,
                     reinterpret_cast<const void*>(node.fn.log),
                     [&] { node.fn.log(thread.tv(), mine, &flow); });
  });
}

void PacketLoggers::thread_init(Thread& thread) {
  init_all(abi::state().packet_loggers, JournalCallback::packet_logger, thread, data_, 0, SIZE_MAX);
}

void PacketLoggers::thread_deinit(Thread& thread) {
  deinit_all(abi::state().packet_loggers, JournalCallback::packet_logger, thread, data_);
}

void PacketLoggers::run(Thread& thread, const Packet& packet, std::size_t begin,
                        std::size_t end) const {
  for_each(abi::state().packet_loggers, data_, begin, end, [&](const auto& node, void* mine) {
    if (thread.context().record_flows)
      record(EventKind::logger_run,
             {.what = "packet_logger", .detail = intern_here(node.fn.name), .thread = &thread});
    abi::run_guarded(JournalCallback::packet_logger, thread.tv(), node.plugin,
                     reinterpret_cast<const void*>(node.fn.log), [&] {
                       if (node.fn.condition(thread.tv(), mine, &packet))
                         node.fn.log(thread.tv(), mine, &packet);
                     });
  });
}

}  // namespace surisim::engine
