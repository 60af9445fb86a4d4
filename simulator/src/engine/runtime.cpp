// The public Runtime: checks the options, owns the process's only engine, and forwards calls to it.
#include "surisim/runtime.hpp"

#include <new>
#include <utility>

#include "abi/process_state.hpp"
#include "conf/conf_yaml.hpp"
#include "engine/engine.hpp"

namespace surisim {

class Runtime::Impl : public engine::Engine {
 public:
  using Engine::Engine;
};

Runtime::Runtime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Runtime::Runtime(Runtime&&) noexcept = default;
Runtime& Runtime::operator=(Runtime&&) noexcept = default;

Runtime::~Runtime() {
  if (impl_ == nullptr) return;
  impl_.reset();
  abi::state().engine_exists.store(false);
}

expected<Runtime> Runtime::create(Options options) {
  if (const auto wrong = check_options(options))
    return fail(ErrorCode::invalid_option,
                wrong->option.empty() ? wrong->message : wrong->option + ": " + wrong->message);
  const auto source = engine::make_packet_source(options, pcaps_of(options), "");
  if (!source) return tl::unexpected<Error>(source.error());
  if (abi::state().engine_exists.exchange(true)) {
    return fail(
        ErrorCode::already_running,
        "there is already a Runtime in this process; as in Suricata there is one engine per "
        "process: destroy the first one, or use another process");
  }
  try {
    auto impl = std::make_unique<Impl>(std::move(options));
    expected<void> configured = conf::load_configuration(impl->options());
    if (configured) configured = (*source)->check();
    if (configured) return Runtime(std::move(impl));
    impl.reset();
    abi::state().engine_exists.store(false);
    return tl::unexpected<Error>(std::move(configured.error()));
  } catch (const std::bad_alloc&) {
    abi::state().engine_exists.store(false);
    return fail(ErrorCode::out_of_memory, "out of memory for the engine");
  }
}

expected<void> Runtime::add_plugin(PluginSource plugin) {
  return impl_->add_plugin(std::move(plugin));
}
expected<void> Runtime::advance_to(Phase last) { return impl_->advance_to(last); }
expected<void> Runtime::run() { return impl_->advance_to(Phase::end); }
std::optional<Phase> Runtime::phase() const { return impl_->phase(); }
expected<void> Runtime::start() { return impl_->advance_to(Phase::wait_running); }
expected<void> Runtime::drive() { return impl_->advance_to(Phase::traffic); }
expected<void> Runtime::stop() { return impl_->advance_to(Phase::end); }
expected<Traffic*> Runtime::traffic() { return impl_->open_traffic(); }
expected<CallbacksAlone*> Runtime::callbacks_alone() { return impl_->open_callbacks_alone(); }
expected<void*> Runtime::thread_value(std::string_view thread, std::string_view slot) const {
  return impl_->thread_value(thread, slot);
}
expected<void*> Runtime::thread_value(std::string_view thread, int slot) const {
  return impl_->thread_value(thread, slot);
}
void Runtime::request_stop() noexcept { impl_->request_stop(); }
Runtime::Progress Runtime::progress() const noexcept { return impl_->progress(); }
EventLog Runtime::events() const { return impl_->events(); }
Summary Runtime::summary() const { return impl_->summary(); }
InstructionCounts Runtime::instructions() const { return impl_->instructions(); }
const Options& Runtime::options() const { return impl_->options(); }

}  // namespace surisim
