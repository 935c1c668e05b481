#include <fmt/format.h>

#include <algorithm>

#include "app/commands/command.hpp"

namespace rekindle {

namespace {

struct Words {
  std::string command;
  std::string meaning;
  std::vector<std::string> options;
};

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> out;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) out.push_back("--" + name);
    for (const auto& name : option->get_snames()) out.push_back("-" + name);
  }
  // `config` has commands of its own; their options are offered with their names.
  for (const auto* sub : command.get_subcommands({})) {
    out.push_back(sub->get_name());
    for (auto& option : options_of(*sub)) {
      if (std::ranges::find(out, option) == out.end()) out.push_back(std::move(option));
    }
  }
  return out;
}

std::vector<Words> words_of(const CLI::App& app) {
  std::vector<Words> out;
  for (const auto* command : app.get_subcommands({}))
    out.push_back({command->get_name(), command->get_description(), options_of(*command)});
  return out;
}

std::string names_of(const std::vector<Words>& words) {
  std::string names;
  for (const auto& one : words) names += (names.empty() ? "" : " ") + one.command;
  return names;
}

void print_bash(const std::vector<Words>& words) {
  fmt::print("_rekindle() {{\n  local word=${{COMP_WORDS[COMP_CWORD]}}\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n");
  fmt::print("    mapfile -t COMPREPLY < <(compgen -W \"{}\" -- \"$word\")\n    return\n  fi\n  case ${{COMP_WORDS[1]}} in\n",
             names_of(words));
  for (const auto& one : words) {
    fmt::print("    {}) mapfile -t COMPREPLY < <(compgen -f -W \"{}\" -- \"$word\") ;;\n", one.command, fmt::join(one.options, " "));
  }
  fmt::print("  esac\n}}\ncomplete -o filenames -F _rekindle rekindle\n");
}

void print_zsh(const std::vector<Words>& words) {
  fmt::print("#compdef rekindle\n_rekindle() {{\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n");
  for (const auto& one : words) {
    auto meaning = one.meaning;
    for (auto at = meaning.find('\''); at != std::string::npos; at = meaning.find('\'', at + 4)) meaning.replace(at, 1, "'\\''");
    fmt::print("      '{}:{}'\n", one.command, meaning);
  }
  fmt::print("    )\n    _describe command commands\n    return\n  fi\n  case $words[2] in\n");
  for (const auto& one : words) fmt::print("    {}) compadd -- {}; _files ;;\n", one.command, fmt::join(one.options, " "));
  fmt::print("  esac\n}}\n_rekindle \"$@\"\n");
}

void print_fish(const std::vector<Words>& words) {
  for (const auto& one : words) {
    auto meaning = one.meaning;
    for (auto at = meaning.find('\''); at != std::string::npos; at = meaning.find('\'', at + 2)) meaning.insert(at, "\\");
    fmt::print("complete -c rekindle -n __fish_use_subcommand -f -a {} -d '{}'\n", one.command, meaning);
    for (const auto& option : one.options) {
      const auto* kind = option.starts_with("--") ? "-l" : (option.starts_with("-") ? "-s" : "-a");
      fmt::print("complete -c rekindle -n '__fish_seen_subcommand_from {}' {} {}\n", one.command, kind,
                 option.substr(option.find_first_not_of('-')));
    }
  }
}

}  // namespace

void add_completion(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("completion", "A completion script for a shell");
  command->footer("Examples:\n  source <(rekindle completion bash)\n  rekindle completion fish > ~/.config/fish/completions/rekindle.fish");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([=, &app, &chosen] {
    chosen = [=, &app]() -> Status {
      const auto words = words_of(app);
      if (*shell == "bash") print_bash(words);
      if (*shell == "zsh") print_zsh(words);
      if (*shell == "fish") print_fish(words);
      return {};
    };
  });
}

}  // namespace rekindle
