// Sets up outputs and their loggers, and runs Suricata's own EVE loggers.
#include "outputs/eve.hpp"

#include <fmt/format.h>
#include <suricata/conf.h>
#include <suricata/util-debug.h>

#include <ctime>
#include <string_view>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "outputs/loggers.hpp"
#include "threads/flow_pool.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

// Adds one of Suricata's own loggers to the list, which has plugins' loggers too.
template <class Fns>
void append_own(abi::OwnLogger own, OutputCtx* context,
                ThreadInitFunc thread_init = JsonLogThreadInit,
                ThreadDeinitFunc thread_deinit = JsonLogThreadDeinit) {
  const abi::HostScope host;
  auto fns = abi::make_logger<Fns>(nullptr, nullptr, thread_init, thread_deinit);
  fns.own = own;
  using Node = typename abi::CallbackList<Fns>::Node;
  abi::state().loggers.of<Fns>().append(new Node{fns, context, abi::kSuricata, {}});
}

// The logger of statistics writes with the data of its output.
TmEcode init_stats(ThreadVars*, const void* context, void** data) {
  *data = context == nullptr ? nullptr : static_cast<const OutputCtx*>(context)->data;
  return TM_ECODE_OK;
}
TmEcode deinit_stats(ThreadVars*, void*) { return TM_ECODE_OK; }

expected<void> fatal(const EveType& type, const abi::OutputModule& module, const char* why) {
  return fail(ErrorCode::engine_refused,
              fmt::format("EVE type \"{}\": the sub-module \"{}\" {}: fatal for the engine",
                          type.name, module.name() == nullptr ? "" : module.name(), why));
}

}  // namespace

Eve::Eve(const Options& options)
    : options_(options),
      may_write_(!options.eve.file.empty() || !options.config_file.empty() ||
                 !options.config_yaml.empty() || !options.config_settings.empty()) {}

Eve::~Eve() = default;

void Eve::before_plugins() {
  // With several devices a generated flow does not belong to one in particular.
  if (is_live(capture_of(options_)) && options_.devices.size() == 1)
    abi::state().iface = device_from(options_.devices.front()).name;
  if (may_write_) files_.start();
}

expected<void> Eve::open() {
  opened_ = steady_now();
  if (!std::exchange(is_read_, true)) outputs_ = read_outputs(options_);
  opened_at_ = wall_now().tv_sec;
  abi::LoggerLists& loggers = abi::state().loggers;
  flow_loggers_before_ = loggers.of<abi::FlowLoggerFns>().size();
  packet_loggers_before_ = loggers.of<abi::PacketLoggerFns>().size();
  own_tx_logger_ = false;
  // In the order of the configuration, which may lack the command line's output.
  auto next = outputs_.begin();
  if (const SCConfNode* const all = SCConfGetNode("outputs")) {
    const SCConfNode* output = nullptr;
    TAILQ_FOREACH(output, &all->head, next) {
      if (output->val == nullptr) continue;
      const SCConfNode* const section = SCConfNodeLookupChild(output, output->val);
      if (next != outputs_.end() && next->node == section) {
        if (auto done = set_up(*next++); !done) return done;
      } else if (auto done = set_up_others(*output); !done) {
        return done;
      }
    }
  }
  for (; next != outputs_.end(); ++next) {
    if (auto done = set_up(*next); !done) return done;
  }
  find_active();
  return {};
}

// As OutputSetupActiveLoggers and StatsInitCtxPostOutput: loggers that on-logging-ready callbacks
// register come too late to count.
void Eve::find_active() {
  abi::LoggerLists& loggers = abi::state().loggers;
  const bool has_outputs = configured() || SCConfGetNode("outputs") != nullptr;
  packet_loggers_run_ = has_outputs && loggers.of<abi::PacketLoggerFns>().size() > 0;
  tx_loggers_run_ = has_outputs && (own_tx_logger_ || loggers.of<abi::TxLoggerFns>().size() > 0);
  streaming_loggers_run_ = has_outputs && loggers.of<abi::StreamingLoggerFns>().size() > 0;
  has_stats_logger_ =
      SCConfGetNode("outputs") == nullptr || loggers.of<abi::StatsLoggerFns>().size() > 0;
}

// Outputs other than eve-log: Suricata's own statistics logger, and plugins' modules.
expected<void> Eve::set_up_others(const SCConfNode& output) {
  SCConfNode* const section = SCConfNodeLookupChild(&output, output.val);
  if (SCConfNodeChildValueIsTrue(section, "enabled") == 0) return {};
  if (std::string_view(output.val) == "stats")
    append_own<abi::StatsLoggerFns>(abi::OwnLogger::other, nullptr, init_stats, deinit_stats);
  for (const abi::OutputModule& module : abi::state().eve_outputs.modules) {
    if (module.conf_name != output.val || module.is_sub) continue;
    OutputInitResult made{nullptr, true};
    if (module.init != nullptr) {
      made.ok = false;
      abi::run_guarded(module.kind(), nullptr, module.plugin,
                       reinterpret_cast<const void*>(module.init),
                       [&] { made = module.init(section); });
      if (!made.ok) {
        const std::string message = fmt::format("output module \"{}\": setup failed", output.val);
        int is_fatal = 0;
        (void)SCConfGetBool("engine.init-failure-fatal", &is_fatal);
        if (is_fatal != 0) return fail(ErrorCode::engine_refused, message);
        SCLogErr(SC_LOG_WARNING, __FILE__, __func__, __LINE__, "runmodes", "%s", message.c_str());
        continue;
      }
      if (made.ctx == nullptr) continue;
      closing_.push_back({made.ctx, module.plugin, module.kind(), nullptr});
    }
    abi::register_logger(module, made.ctx);
  }
  return {};
}

expected<void> Eve::set_up(const EveOutput& output) {
  Open& open = *open_.emplace_back(std::make_unique<Open>(output, files_));
  if (auto opened = open.writer.open(); !opened) return opened;
  open.json.file_ctx = &open.writer;
  open.json.filetype = open.writer.filetype();
  open.json.json_out = open.json.filetype != nullptr ? LOGFILE_TYPE_FILETYPE : LOGFILE_TYPE_FILE;
  const abi::EveLayout& layout = abi::host().layout.eve;
  OutputJsonCommonSettings& settings = open.json.cfg;
  settings.include_metadata = output.metadata;
  settings.include_ethernet = output.ethernet;
  settings.include_community_id = output.community_id;
  layout.seed(settings) = output.seed;
  layout.set_includes_version(settings, output.version);
  layout.set_compress_ipv6(settings, output.compress_ipv6);
  open.context.data = &open.json;
  TAILQ_INIT(&open.context.submodules);
  for (const EveType& type : output.types) {
    if (auto done = set_up_type(open, type); !done) return done;
  }
  closing_.emplace_back().output = &open;
  return {};
}

// Suricata's own loggers of the type, then plugins'.
expected<void> Eve::set_up_type(Open& output, const EveType& type) {
  using Own = abi::OwnLogger;
  const OwnLoggers own = own_loggers_of(type.name);
  if (own.packet)
    append_own<abi::PacketLoggerFns>(type.name == "alert"     ? Own::alert
                                     : type.name == "anomaly" ? Own::anomaly
                                                              : Own::other,
                                     &output.context);
  if (own.flow)
    append_own<abi::FlowLoggerFns>(type.name == "flow" ? Own::flow : Own::netflow, &output.context);
  if (type.name == "files") append_own<abi::FileLoggerFns>(Own::other, &output.context);
  own_tx_logger_ = own_tx_logger_ || own.tx;
  const auto& parsers = abi::state().eve_types;
  for (const std::string& parser : parsers)
    own_tx_logger_ = own_tx_logger_ || parser == "eve-log." + type.name;
  if (type.name == "stats") {
    if (auto done = output.writer.prepare_stats(); !done) return done;
    append_own<abi::StatsLoggerFns>(Own::stats, &output.context, init_stats, deinit_stats);
  }
  for (const abi::OutputModule& module : abi::state().eve_outputs.modules) {
    if (module.conf_name != "eve-log." + type.name) continue;
    if (auto done = set_up_sub_module(output, type, module); !done) return done;
  }
  return {};
}

expected<void> Eve::set_up_sub_module(Open& output, const EveType& type,
                                      const abi::OutputModule& module) {
  if (module.parent != "eve-log") return fatal(type, module, "has a parent other than \"eve-log\"");
  if (module.init_sub == nullptr) return fatal(type, module, "has no init function");
  OutputInitResult made{nullptr, false};
  abi::run_guarded(
      module.kind(), nullptr, module.plugin, reinterpret_cast<const void*>(module.init_sub),
      [&] { made = module.init_sub(const_cast<SCConfNode*>(type.own), &output.context); });
  if (!made.ok || made.ctx == nullptr) return fatal(type, module, "failed to initialise");
  closing_.push_back({made.ctx, module.plugin, module.kind(), nullptr});
  abi::register_logger(module, made.ctx);
  return {};
}

expected<void> Eve::close() {
  for (const Closing& one : closing_) {
    if (one.output != nullptr) {
      one.output->writer.close();
    } else if (const auto deinit = one.context->DeInit) {
      abi::run_guarded(one.kind, nullptr, one.plugin, reinterpret_cast<const void*>(deinit),
                       [&] { deinit(one.context); });
    }
  }
  closing_.clear();
  for (const auto& output : open_) output->writer.close();  // those whose set-up has failed
  open_.clear();
  return files_.close();
}

void Eve::flow(Thread& thread, Flow& flow, OutputJsonThreadCtx* logger) {
  write(thread, nullptr, &flow, flow_record(flow, logger == nullptr ? nullptr : logger->ctx),
        logger);
}

// A record for each direction that has packets.
void Eve::netflow(Thread& thread, Flow& flow, OutputJsonThreadCtx* logger) {
  write(thread, nullptr, &flow, netflow_record(flow, logger->ctx, true), logger);
  if (flow.tosrcpktcnt != 0)
    write(thread, nullptr, &flow, netflow_record(flow, logger->ctx, false), logger);
}

void Eve::alert(Thread& thread, const Packet& packet, OutputJsonThreadCtx* logger) {
  write(thread, &packet, packet.flow,
        alert_record(packet, logger == nullptr ? nullptr : logger->ctx), logger);
}

void Eve::anomaly(Thread& thread, const Packet& packet, OutputJsonThreadCtx* logger) {
  write(thread, &packet, nullptr, anomaly_record(packet, logger == nullptr ? nullptr : logger->ctx),
        logger);
}

void Eve::write(Thread& thread, const Packet* packet, Flow* flow, EveRecord record,
                OutputJsonThreadCtx* logger) {
  if (record == nullptr) return;  // out of memory: no record, as in Suricata
  if (logger == nullptr)
    run_eve_callbacks(thread.tv(), packet, flow, record.get());
  else
    OutputJsonBuilderBuffer(thread.tv(), packet, flow, record.get(), logger);
}

void Eve::stats(Thread& thread, StatsLoggers& loggers) {
  const std::vector<CounterInfo> counters = abi::state().counters.totals();
  const CounterTable table(counters, opened_at_);
  loggers.log(thread, table.table(), [&](abi::OwnLogger own, const void* data) {
    if (own == abi::OwnLogger::stats && data != nullptr)
      log_stats(thread, *static_cast<const OutputJsonCtx*>(data), counters);
  });
}

// JsonStatsLogger makes its record without the JSON builder: no callback sees it.
void Eve::log_stats(Thread& thread, const OutputJsonCtx& output,
                    const std::vector<CounterInfo>& counters) {
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(steady_now() - opened_);
  const std::timespec now = wall_now();
  const EveRecord record = stats_record(time_of(now.tv_sec * 1'000'000 + now.tv_nsec / 1000),
                                        static_cast<std::uint64_t>(up.count()), counters);
  if (record != nullptr)
    static_cast<EveWriter*>(output.file_ctx)->log_stats(thread.tv(), record.get());
}

}  // namespace surisim::engine
