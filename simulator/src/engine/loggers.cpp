#include "engine/loggers.hpp"

#include "abi/callback_run.hpp"
#include "engine/record.hpp"

namespace surisim::engine {

namespace {

const char* name_of(JournalCallback kind) {
  return kind == JournalCallback::flow_logger ? "flow_logger" : "packet_logger";
}

// Calls `call` with each logger's node and its data.
template <class Fns, class Call>
void for_each(const abi::CallbackList<Fns>& list, const std::vector<void*>& data, Call call) {
  const auto* node = list.first();
  for (void* const mine : data) {
    if (node == nullptr) return;
    call(*node, mine);
    node = node->next.load(std::memory_order_acquire);
  }
}

template <class Fns>
void init_all(const abi::CallbackList<Fns>& list, JournalCallback kind, Thread& thread,
              std::vector<void*>& data) {
  for (const auto* node = list.first(); node != nullptr;
       node = node->next.load(std::memory_order_acquire)) {
    if (node->fn.thread_init == nullptr) continue;
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
  for_each(list, data, [&](const auto& node, void* mine) {
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

void FlowLoggers::thread_init(Thread& thread) {
  init_all(abi::state().flow_loggers, JournalCallback::flow_logger, thread, data_);
}

void FlowLoggers::thread_deinit(Thread& thread) {
  deinit_all(abi::state().flow_loggers, JournalCallback::flow_logger, thread, data_);
}

void FlowLoggers::run(Thread& thread, Flow& flow) const {
  for_each(abi::state().flow_loggers, data_, [&](const auto& node, void* mine) {
    if (thread.context().record_flows)
      record_flow(EventKind::logger_run, flow, &thread, "flow_logger", intern_here(node.fn.name));
    abi::run_guarded(JournalCallback::flow_logger, thread.tv(), node.plugin,
                     reinterpret_cast<const void*>(node.fn.log),
                     [&] { node.fn.log(thread.tv(), mine, &flow); });
  });
}

void PacketLoggers::thread_init(Thread& thread) {
  init_all(abi::state().packet_loggers, JournalCallback::packet_logger, thread, data_);
}

void PacketLoggers::thread_deinit(Thread& thread) {
  deinit_all(abi::state().packet_loggers, JournalCallback::packet_logger, thread, data_);
}

void PacketLoggers::run(Thread& thread, const Packet& packet) const {
  for_each(abi::state().packet_loggers, data_, [&](const auto& node, void* mine) {
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
