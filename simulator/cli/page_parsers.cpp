// Implements page_parsers.hpp.
#include "page_parsers.hpp"

#include "base/user_input.hpp"
#include "help.hpp"
#include "pages.hpp"

namespace surisim::cli {

PageParsers::PageParsers(CLI::App& root) : root_(root), manual_(root), completion_(root) {}

PrintText PageParsers::finish() {
  return manual_.chosen() ? manual_.finish(root_) : completion_.finish(root_);
}

PageParsers::Manual::Manual(CLI::App& root)
    : Parser(root, "man", "Print a manual page, as source for man(1)") {
  app_.footer(kManualExamples);
  app_.add_option("COMMAND", command_, "The subcommand that it is about; surisim itself")
      ->type_name("");
  texts_.add_file("--all", "write the pages of all commands into this directory, instead",
                  directory_);
  app_.get_option("--all")->type_name("DIRECTORY");
}

PrintText PageParsers::Manual::finish(const CLI::App& root) {
  texts_.apply();
  const CommandText all = describe(root);
  if (directory_.empty()) {
    if (command_.empty()) return {manual_page(all, all)};
    for (const CommandText& command : all.commands)
      if (command.name == command_) return {manual_page(command, all)};
    refuse("man", "a subcommand, as surisim --help lists them", command_);
  }
  if (!command_.empty()) throw UsageError("--all: expected it without a subcommand");
  const auto write = [&](const CommandText& command) {
    Output(directory_ + "/" + page_name(command) + ".1").write(manual_page(command, all));
  };
  write(all);
  for (const CommandText& command : all.commands) write(command);
  return {};
}

PageParsers::Completion::Completion(CLI::App& root)
    : Parser(root, "completion", "Print a script that completes surisim's words in a shell") {
  app_.footer(kCompletionExamples);
  app_.add_option("SHELL", shell_, "bash, zsh or fish")->required()->type_name("");
}

PrintText PageParsers::Completion::finish(const CLI::App& root) {
  const auto shell = choose<Shell>("completion", shell_, {Shell::bash, Shell::zsh, Shell::fish});
  return {completion(shell, describe(root))};
}

}  // namespace surisim::cli
