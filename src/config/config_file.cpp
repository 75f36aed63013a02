// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>

#include "settings.h"

namespace kepeng::config {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \f\n\r\t\v";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Reads one file line by line; the first bad line ends it.
class FileParser {
 public:
  FileParser(Program program, const FileText& file, Sources& sources)
      : program_{program}, file_{file}, sources_{sources} {}

  Result<FileFindings, Fault> run() {
    std::string_view rest = file_.text;
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // the mark that some editors put first
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      ++line_;
      KP_TRY_VOID(take_line(rest.substr(0, end)));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return std::move(findings_);
  }

 private:
  std::string origin() const { return file_.name + " line " + std::to_string(line_); }

  Err<Fault> refuse(const std::string& what) const {
    return Err{config_fault("Error reading configuration file: parse error on line " + std::to_string(line_) + " of " +
                            file_.name + ": " + what)};
  }

  Result<Unit, Fault> take_line(std::string_view line) {
    const auto hash = line.find('#');
    const std::string_view text = trimmed(line.substr(0, hash));
    if (text.empty()) return Unit{};
    if (text.find('\0') != std::string_view::npos) return refuse("the line holds a NUL byte");
    if (text.starts_with('[') && text.ends_with(']')) return take_section(text.substr(1, text.size() - 2));
    if (text.starts_with('-')) {
      return refuse(std::string{text} + ", options in configuration file must be specified without leading -");
    }
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) {
      const bool negation = text.size() >= 2 && text.starts_with("no");
      return refuse(std::string{text} +
                    (negation ? ", if you intended to specify a negated option, use " + std::string{text} + "=1 instead"
                              : ", an option needs a value: name=value"));
    }
    const std::string_view name = trimmed(text.substr(0, equals));
    if (hash != std::string_view::npos && name.find("rpcpassword") != std::string_view::npos) {
      return refuse("using # in rpcpassword can be ambiguous and should be avoided");
    }
    return take_option(name, trimmed(text.substr(equals + 1)));
  }

  Result<Unit, Fault> take_section(std::string_view name) {
    section_ = name;
    warn_of_section(name);
    return Unit{};
  }

  void warn_of_section(std::string_view name) {
    if (params::network_from_name(name)) return;
    findings_.warnings.push_back(origin() + ": Section [" + std::string{name} + "] is not recognized.");
  }

  Result<Unit, Fault> take_option(std::string_view full_name, std::string_view value) {
    ParsedName parsed = parse_name(full_name);
    if (parsed.section.empty()) {
      parsed.section = section_;
    } else {
      warn_of_section(parsed.section);
    }
    const OptionRow* row = find_option(parsed.name);
    if (row == nullptr) {
      findings_.warnings.push_back("Ignoring unknown configuration value " + std::string{full_name} + " (" + origin() +
                                   ")");
      return Unit{};
    }
    if (row->name == "conf") {
      return refuse(
          "conf cannot be set in the configuration file; use includeconf= if you want to include additional "
          "config files");
    }
    if (row->has(kCommandLineOnly)) return refuse(parsed.name + " works on the command line only");
    if (row->has(kRemoved) && program_ == Program::Node) return refuse(parsed.name + ": " + std::string{row->help});
    auto setting = make_setting(*row, parsed, value, origin());
    if (!setting) return refuse(setting.error().message);
    if (row->name == "includeconf") {
      findings_.includes.push_back({parsed.section, std::string{value}, origin()});
    } else {
      if (parsed.negated && !setting->negated) {
        findings_.warnings.push_back("Double negation " + std::string{full_name} + "=0 is taken as " + parsed.name +
                                     "=1 (" + origin() + ")");
      }
      sources_.file[parsed.section][parsed.name].push_back(std::move(setting).value());
    }
    return Unit{};
  }

  Program program_;
  const FileText& file_;
  Sources& sources_;
  FileFindings findings_;
  std::string section_;
  int line_ = 0;
};

}  // namespace

Result<FileFindings, Fault> parse_config_text(Program program, const FileText& file, Sources& sources) {
  return FileParser{program, file, sources}.run();
}

}  // namespace kepeng::config
