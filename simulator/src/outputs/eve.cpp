// Sets up EVE outputs and their loggers, and makes the records of Suricata's own loggers.
#include "outputs/eve.hpp"

#include <fmt/format.h>
#include <suricata/conf.h>

#include <ctime>
#include <utility>

#include "abi/callbacks.hpp"
#include "abi/host.hpp"
#include "threads/flow_pool.hpp"
#include "trace/context.hpp"

namespace surisim::engine {

namespace {

// Adds one of Suricata's own loggers to the list in which those of plugins are.
template <class Fns>
void append_own(abi::CallbackList<Fns>& list, abi::OwnLogger own, OutputCtx* context) {
  const abi::HostScope host;
  Fns fns{};
  fns.thread_init = JsonLogThreadInit;
  fns.thread_deinit = JsonLogThreadDeinit;
  fns.own = own;
  list.append(new typename abi::CallbackList<Fns>::Node{fns, context, abi::kSuricata, {}});
}

expected<void> fatal(const EveType& type, const abi::OutputModule& module, const char* why) {
  return fail(ErrorCode::engine_refused,
              fmt::format("EVE type \"{}\": the sub-module \"{}\" {}: fatal for the engine",
                          type.name, module.name == nullptr ? "" : module.name, why));
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
  flow_loggers_before_ = abi::state().flow_loggers.size();
  packet_loggers_before_ = abi::state().packet_loggers.size();
  own_tx_logger_ = false;
  for (const EveOutput& output : outputs_) {
    if (auto done = set_up(output); !done) return done;
  }
  find_active();
  return {};
}

// As OutputSetupActiveLoggers, which does not see what on-logging-ready registers.
void Eve::find_active() {
  const bool has_outputs = configured() || SCConfGetNode("outputs") != nullptr;
  packet_loggers_run_ = has_outputs && abi::state().packet_loggers.size() > 0;
  tx_loggers_run_ = has_outputs && (own_tx_logger_ || abi::state().tx_loggers.size() > 0);
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
  return {};
}

// Suricata's own loggers of the type, then those that plugins have registered.
expected<void> Eve::set_up_type(Open& output, const EveType& type) {
  using Own = abi::OwnLogger;
  const OwnLoggers own = own_loggers_of(type.name);
  if (own.packet)
    append_own(abi::state().packet_loggers,
               type.name == "alert"     ? Own::alert
               : type.name == "anomaly" ? Own::anomaly
                                        : Own::other,
               &output.context);
  if (own.flow)
    append_own(abi::state().flow_loggers, type.name == "flow" ? Own::flow : Own::netflow,
               &output.context);
  own_tx_logger_ = own_tx_logger_ || own.tx;
  const auto& parsers = abi::state().eve_types;
  for (const std::string& parser : parsers)
    own_tx_logger_ = own_tx_logger_ || parser == "eve-log." + type.name;
  if (type.name == "stats") {
    output.has_stats = true;
    if (auto done = output.writer.prepare_stats(); !done) return done;
  }
  for (const abi::OutputModule& module : abi::state().eve_outputs.modules) {
    if (module.conf_name != "eve-log." + type.name) continue;
    if (auto done = set_up_module(output, type, module); !done) return done;
  }
  return {};
}

expected<void> Eve::set_up_module(Open& output, const EveType& type,
                                  const abi::OutputModule& module) {
  if (module.parent != "eve-log") return fatal(type, module, "has another parent than \"eve-log\"");
  if (module.init_sub == nullptr) return fatal(type, module, "has no function to initialise it");
  OutputInitResult made{nullptr, false};
  abi::run_guarded(
      module.kind, nullptr, module.plugin, reinterpret_cast<const void*>(module.init_sub),
      [&] { made = module.init_sub(const_cast<SCConfNode*>(type.own), &output.context); });
  if (!made.ok || made.ctx == nullptr) return fatal(type, module, "failed to initialise");
  output.subs.push_back({made.ctx, module.plugin, module.kind});
  abi::register_logger(module, made.ctx);
  return {};
}

expected<void> Eve::close() {
  for (const auto& output : open_) {
    for (const Open::Sub& sub : output->subs) {
      const auto deinit = sub.context->DeInit;
      if (deinit != nullptr)
        abi::run_guarded(sub.kind, nullptr, sub.plugin, reinterpret_cast<const void*>(deinit),
                         [&] { deinit(sub.context); });
    }
    output->writer.close();
  }
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

// JsonStatsLogger makes its record without the JSON builder: no callback sees it.
bool Eve::has_stats_logger() const {
  for (const auto& output : open_) {
    if (output->has_stats) return true;
  }
  return SCConfGetNode("outputs") == nullptr || has_stats_output();
}

void Eve::stats(Thread& thread) {
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(steady_now() - opened_);
  const std::timespec now = wall_now();
  for (const auto& output : open_) {
    if (!output->has_stats) continue;
    const EveRecord record =
        stats_record(time_of(now.tv_sec * 1'000'000 + now.tv_nsec / 1000),
                     static_cast<std::uint64_t>(up.count()), abi::state().counters.totals());
    if (record != nullptr) output->writer.log_stats(thread.tv(), record.get());
  }
}

}  // namespace surisim::engine
