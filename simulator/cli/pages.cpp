// Implements pages.hpp, except completion() (completion.cpp).
#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "base/user_input.hpp"
#include "help.hpp"
#include "pages.hpp"
#include "surisim/report.hpp"

namespace surisim::cli {
namespace {

// Escapes a line for roff.
std::string escaped(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '^')
      out += "\\(ha";
    else if (c == '~')
      out += "\\(ti";
    else
      out += c;
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string value_of(const OptionText& positional) {
  const std::string value = italic(positional.value) + (positional.many ? " ..." : "");
  return positional.required ? value : "[" + value + "]";
}

std::string synopsis(const CommandText& command) {
  std::string line = bold(command.words) + " [" + italic("OPTION") + "]...";
  for (const OptionText& positional : command.positionals) line += " " + value_of(positional);
  if (!command.commands.empty()) line += " " + italic("COMMAND") + " ...";
  return line;
}

std::string item(const OptionText& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += (names.empty() ? "" : ", ") + bold(name) +
             (option.value.empty() ? "" : " " + italic(option.value));
  return ".TP\n" + (names.empty() ? italic(option.value) : names) + "\n" + escaped(option.what) +
         "\n";
}

std::string options_of(const CommandText& command) {
  std::string out;
  for (const OptionText& positional : command.positionals) out += item(positional);
  std::string group = "Options";
  for (const OptionText& option : command.options) {
    if (option.group != group) out += fmt::format(".SS {}\n", escaped(group = option.group));
    out += item(option);
  }
  return out;
}

// The footer of a help text: blocks of lines, with an empty line between them.
struct Footer {
  std::string examples;  // their lines
  std::string status;    // "0 clean, 1 the plugin did something wrong, …"
  std::string rest;      // paragraphs
};

Footer footer_of(const CommandText& command) {
  constexpr std::string_view kStatus = "Exit status: ";
  Footer footer;
  std::istringstream in(command.footer);
  std::string* block = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) {
      block = nullptr;
    } else if (block == nullptr && line == "Examples:") {
      block = &footer.examples;
    } else if (block == nullptr && line.starts_with(kStatus)) {
      block = &footer.status;
      *block += escaped(line.substr(kStatus.size())) + "\n";
    } else {
      if (block == nullptr) footer.rest += footer.rest.empty() ? "" : ".PP\n";
      if (block == nullptr) block = &footer.rest;
      *block += escaped(line) + "\n";
    }
  }
  return footer;
}

std::string see_also(const CommandText& command, const CommandText& root) {
  if (command.words != root.words) return ".BR surisim (1)\n";
  std::string out;
  for (const CommandText& sub : root.commands)
    out += fmt::format(".BR {} (1){}\n", escaped(page_name(sub)),
                       &sub == &root.commands.back() ? "" : ",");
  return out;
}

std::string commands_of(const CommandText& command) {
  std::string out;
  for (const CommandText& sub : command.commands)
    out += ".TP\n" + bold(sub.name) + "\n" + escaped(sub.what) + "\n";
  return out;
}

// Subcommands of a subcommand are sections of its page.
std::string deeper(const CommandText& command) {
  std::string out;
  for (const CommandText& sub : command.commands)
    out += fmt::format(".SH {}\n{}.\n.PP\n{}\n{}", "\"" + escaped(sub.words) + "\"",
                       escaped(sub.what), synopsis(sub), options_of(sub));
  return out;
}

}  // namespace

std::string page_name(const CommandText& command) {
  std::string name = command.words;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string manual_page(const CommandText& command, const CommandText& root) {
  const Footer footer = footer_of(command);
  const std::string status = footer.status.empty() ? footer_of(root).status : footer.status;
  std::string title = page_name(command);
  std::transform(title.begin(), title.end(), title.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  std::string out = fmt::format(".TH {} 1 {} \"surisim {}\" \"User Commands\"\n", escaped(title),
                                release_date(), version());
  out += fmt::format(".SH NAME\n{} \\- {}\n", escaped(page_name(command)), escaped(command.what));
  out += fmt::format(".SH SYNOPSIS\n{}\n", synopsis(command));
  out += fmt::format(".SH DESCRIPTION\n{}{}\n", escaped(command.what),
                     command.what.ends_with('.') ? "" : ".");
  if (!footer.rest.empty()) out += ".PP\n" + footer.rest;
  if (!command.commands.empty()) out += ".SH COMMANDS\n" + commands_of(command);
  out += ".SH OPTIONS\n" + options_of(command);
  if (command.words != root.words) out += deeper(command);
  if (!footer.examples.empty()) out += ".SH EXAMPLES\n.EX\n" + footer.examples + ".EE\n";
  out += ".SH \"EXIT STATUS\"\n" + status;
  return out + ".SH \"SEE ALSO\"\n" + see_also(command, root);
}

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
