// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <kepeng/json/reader.h>

#include "settings.h"

namespace kepeng::config {
namespace {

constexpr off_t kFileBytesMax = 16 * 1024 * 1024;  // a configuration that is larger is something else

Fault refusal(const std::string& file, const std::string& what) {
  return config_fault("The settings file " + file + " cannot be used: " + what +
                      ". Correct it, or move it away to start without it.");
}

std::optional<Setting> from_value(const json::Value& value, const std::string& origin) {
  if (const auto flag = value.as_bool()) return Setting{!*flag, *flag ? "1" : "0", origin};
  if (const auto* text = value.as_string()) return Setting{false, *text, origin};
  if (const auto* number = value.as_number_text()) return Setting{false, *number, origin};
  return std::nullopt;
}

Result<std::vector<Setting>, Fault> from_member(const json::Member& member, const std::string& file) {
  std::vector<Setting> settings;
  if (member.value.is_null()) return settings;
  const auto take = [&](const json::Value& value) {
    const auto setting = from_value(value, file);
    if (setting) settings.push_back(*setting);
    return setting.has_value();
  };
  if (member.value.is_array()) {
    for (const json::Value& item : member.value.items()) {
      if (!take(item)) return Err{refusal(file, "a value of \"" + member.key + "\" has the wrong type")};
    }
    return settings;
  }
  if (!take(member.value)) return Err{refusal(file, "the value of \"" + member.key + "\" has the wrong type")};
  return settings;
}

}  // namespace

Result<Unit, Fault> parse_settings_text(const FileText& file, Sources& sources, std::vector<std::string>& warnings) {
  const auto parsed = json::parse(file.text);
  if (!parsed) {
    return Err{refusal(file.name, "it is not JSON (" + parsed.error().message + " at byte " +
                                      std::to_string(parsed.error().position) + ")")};
  }
  if (!parsed->is_object()) return Err{refusal(file.name, "it holds no JSON object")};
  if (const auto twice = parsed->duplicate_key())
    return Err{refusal(file.name, "\"" + *twice + "\" stands there twice")};
  for (const json::Member& member : parsed->members()) {
    if (member.key.starts_with('_')) continue;  // comments
    const OptionRow* row = find_option(member.key);
    if (row == nullptr) {
      warnings.push_back("Ignoring unknown setting " + member.key + " in " + file.name);
      continue;
    }
    KP_TRY(sources.settings_file[member.key], from_member(member, file.name));
  }
  return Unit{};
}

Result<std::string, Fault> read_text_file(const std::filesystem::path& path) {
  const auto fault = [&](FaultKind kind, const char* why) {
    return Err{Fault{kind, "The file " + path.string() + " could not be opened: " + why}};
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return fault(errno == ENOENT ? FaultKind::NotFound : FaultKind::Config, std::strerror(errno));
  struct stat facts {};
  std::string text;
  const char* trouble = nullptr;
  if (::fstat(descriptor, &facts) != 0) trouble = std::strerror(errno);
  if (trouble == nullptr && S_ISDIR(facts.st_mode)) trouble = "it is a directory";
  if (trouble == nullptr && facts.st_size > kFileBytesMax) trouble = "it is too large";
  char chunk[65536];
  while (trouble == nullptr) {
    const ssize_t got = ::read(descriptor, chunk, sizeof chunk);
    if (got < 0) trouble = std::strerror(errno);
    if (got <= 0) break;
    text.append(chunk, static_cast<std::size_t>(got));
    if (text.size() > static_cast<std::size_t>(kFileBytesMax)) trouble = "it is too large";
  }
  ::close(descriptor);
  if (trouble != nullptr) return fault(FaultKind::Config, trouble);
  return text;
}

}  // namespace kepeng::config
