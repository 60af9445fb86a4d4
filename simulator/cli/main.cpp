// The surisim command: parses the command line, runs the subcommand, and turns exceptions into a
// message on stderr and an exit status.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <variant>

#include "commands.hpp"
#include "project.hpp"
#include "sandbox/sandbox.hpp"

namespace surisim::cli {
namespace {

int execute(const PrintText& print) {
  Output("").write(print.text);
  return kClean;
}

void print_error(const char* message) { std::fprintf(stderr, "surisim: %s\n", message); }

}  // namespace
}  // namespace surisim::cli

int main(int argc, char** argv) {
  using namespace surisim::cli;  // NOLINT(google-build-using-namespace)
  try {
    const Command command = parse_arguments(argc, argv);
    ::setenv(kNoProject, "1", 1);
    return std::visit([](const auto& arguments) { return execute(arguments); }, command);
  } catch (const UsageError& error) {
    print_error(error.what());
    return kUsage;
  } catch (const Stopped& stopped) {
    print_error(stopped.what());
    return stopped.status;
  } catch (const Unread&) {
    return kFailed;
  } catch (const Failure& error) {
    print_error(error.what());
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
