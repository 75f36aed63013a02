// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Settings as they were written, by source, and the rules by which one of them counts.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>
#include <kepeng/config/option.h>
#include <kepeng/config/options.h>

namespace kepeng::config {

struct Setting {
  bool negated = false;
  std::string value;
  std::string origin;  // "the command line", "/home/x/.kepeng/kepeng.conf line 7"
};

// In the order in which they were written.
using SettingMap = std::map<std::string, std::vector<Setting>, std::less<>>;

struct Sources {
  SettingMap command_line;
  SettingMap settings_file;
  std::map<std::string, SettingMap, std::less<>> file;  // by section; "" is the global part
};

// The value that counts; a negated one when the option was last negated; nullopt when nobody set it.
std::optional<Setting> resolve(const Sources& sources, const OptionRow& row, params::Network network);
// All values that count, more important sources first.
std::vector<Setting> resolve_list(const Sources& sources, const OptionRow& row, params::Network network);

struct ParsedCommandLine {
  SettingMap settings;
  std::vector<std::string> words;
};
Result<ParsedCommandLine, Fault> parse_command_line(Program program, const std::vector<std::string>& arguments,
                                                    std::vector<std::string>& warnings);

// "name", "noname", "section.name" with its value as a setting.
struct ParsedName {
  std::string section;
  std::string name;
  bool negated = false;
};
ParsedName parse_name(std::string_view text);
Result<Setting, Fault> make_setting(const OptionRow& row, const ParsedName& parsed, std::string_view value,
                                    std::string origin);

// The text of one configuration file, into `sources.file`. `includes` takes the values of includeconf.
struct FileText {
  std::string name;
  std::string text;
};
struct Include {
  std::string section;
  std::string value;
  std::string origin;
};
struct FileFindings {
  std::vector<Include> includes;
  std::vector<std::string> warnings;
};
Result<FileFindings, Fault> parse_config_text(Program program, const FileText& file, Sources& sources);

Result<Unit, Fault> parse_settings_text(const FileText& file, Sources& sources, std::vector<std::string>& warnings);

// NotFound for a file that is not there.
Result<std::string, Fault> read_text_file(const std::filesystem::path& path);

Fault config_fault(std::string message);

}  // namespace kepeng::config
