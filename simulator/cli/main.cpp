// The surisim command. What it does is in the files named after its subcommands.
#include <cstdio>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "arguments.hpp"
#include "commands.hpp"
#include "exit_status.hpp"
#include "output_files.hpp"
#include "sandbox/supervisor.hpp"

namespace surisim::cli {
namespace {

int dispatch(Command command) {
  return std::visit(
      [](auto arguments) {
        using T = decltype(arguments);
        if constexpr (std::is_same_v<T, RunArguments>) {
          return run_command(std::move(arguments));
        } else if constexpr (std::is_same_v<T, RecordArguments>) {
          return record_command(std::move(arguments));
        } else if constexpr (std::is_same_v<T, VerifyArguments>) {
          return verify_command(std::move(arguments));
        } else if constexpr (std::is_same_v<T, BenchArguments>) {
          return bench_command(std::move(arguments));
        } else if constexpr (std::is_same_v<T, InspectArguments>) {
          return inspect_command(std::move(arguments));
        } else if constexpr (std::is_same_v<T, LifecycleArguments>) {
          return lifecycle_command(arguments);
        } else if constexpr (std::is_same_v<T, RulesArguments>) {
          return rules_command(arguments);
        } else if constexpr (std::is_same_v<T, FactsArguments>) {
          return facts_command(arguments);
        } else {
          Output("").write(arguments.text);
          return static_cast<int>(kClean);
        }
      },
      std::move(command));
}

void print_error(const char* message) { std::fprintf(stderr, "surisim: %s\n", message); }

}  // namespace
}  // namespace surisim::cli

int main(int argc, char** argv) {
  using namespace surisim::cli;  // NOLINT(google-build-using-namespace)
  try {
    return dispatch(parse_arguments(argc, argv));
  } catch (const UsageError& error) {
    print_error(error.what());
    return kUsage;
  } catch (const Failure& failure) {
    print_error(failure.what());
    return kFailed;
  } catch (const surisim::sandbox::SandboxError& error) {
    print_error(error.what());
    return kFailed;
  } catch (const std::bad_alloc&) {
    print_error("out of memory");
    return kFailed;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "surisim: internal error: %s. Please report it, with the command line\n",
                 error.what());
    return kFailed;
  }
}
