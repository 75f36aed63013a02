// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "log_sinks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace kepeng {
namespace {

std::string timestamp(std::int64_t micros, bool with_micros) {
  constexpr std::int64_t kMicrosPerSecond = 1'000'000;
  const std::time_t seconds = micros / kMicrosPerSecond;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                                 utc.tm_hour, utc.tm_min, utc.tm_sec);
  if (with_micros) text += fmt::format(".{:06}", micros % kMicrosPerSecond);
  return text + 'Z';
}

// Info without a category is what most lines are, so it is not spelled out; neither is debug with one.
std::string label(const Logger::Origin& origin, bool always_level) {
  const bool has_category = always_level || origin.category != LogCategory::All;
  if (!has_category && origin.level == LogLevel::Info) return {};
  std::string text = "[";
  if (has_category) text += to_text(origin.category);
  if (always_level || !has_category || origin.level != LogLevel::Debug) {
    if (has_category) text += ':';
    text += to_text(origin.level);
  }
  return text + "] ";
}

std::string_view file_name(const Logger::SourceLine& where) {
  const auto slash = where.file.rfind('/');
  return slash == std::string_view::npos ? where.file : where.file.substr(slash + 1);
}

bool write_whole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

Fault io_fault(const std::filesystem::path& file, std::string_view what) {
  return {FaultKind::Io, fmt::format("Cannot {} the log file {}: {}.", what, file.string(), std::strerror(errno))};
}

struct Descriptor {
  explicit Descriptor(int descriptor) : number{descriptor} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  int number;
};

}  // namespace

LogRateLimit::Answer LogRateLimit::ask(const Logger::SourceLine& where, std::size_t bytes) {
  Usage& usage = usage_[{std::string{where.file}, where.number}];
  if (!usage.silent && usage.written + bytes <= kLogBytesPerSourceMax) {
    usage.written += bytes;
    return Answer::Pass;
  }
  if (!usage.silent) {
    usage.silent = true;
    return Answer::LastBeforeSilence;
  }
  usage.dropped += bytes;
  return Answer::Suppress;
}

std::vector<std::pair<std::string, std::uint64_t>> LogRateLimit::roll(std::int64_t now_seconds) {
  std::vector<std::pair<std::string, std::uint64_t>> silenced;
  if (window_start_ == 0) window_start_ = now_seconds;
  if (now_seconds - window_start_ < kLogRateWindowSeconds && now_seconds >= window_start_) return silenced;
  for (const auto& [where, usage] : usage_) {
    if (usage.silent) silenced.emplace_back(fmt::format("{}:{}", where.first, where.second), usage.dropped);
  }
  usage_.clear();
  window_start_ = now_seconds;
  return silenced;
}

Logger::Sinks::~Sinks() {
  if (descriptor >= 0) ::close(descriptor);
}

std::int64_t Logger::Sinks::micros() const {
  if (options.now_micros) return options.now_micros();
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Logger::Sinks::prefix(const Origin& origin, std::int64_t now) const {
  std::string text;
  if (options.timestamps) text += timestamp(now, options.time_micros) + ' ';
  if (options.thread_names) text += fmt::format("[{}] ", escape_for_log(thread_name(), 16));
  if (options.source_locations) text += fmt::format("[{}:{}] ", file_name(origin.where), origin.where.number);
  return text + label(origin, options.always_level);
}

void Logger::Sinks::put(const Origin& origin, std::string_view message) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  const std::int64_t now = micros();
  std::string line = prefix(origin, now);
  line += escape_for_log(message, kLogLineBytesMax);
  line += '\n';
  if (!started) {
    if (early.size() + line.size() <= kLogEarlyBytesMax) {
      early += line;
    } else {
      ++early_dropped;
    }
    return;
  }
  if (!options.rate_limit || origin.level < LogLevel::Info) return emit(line, true);
  announce_rolled(now);
  const auto answer = rate.ask(origin.where, line.size());
  emit(line, answer != LogRateLimit::Answer::Suppress);
  if (answer == LogRateLimit::Answer::LastBeforeSilence) {
    emit(prefix({LogCategory::All, LogLevel::Warning, {}}, now) +
             fmt::format("{}:{} has logged more than {} bytes within an hour; its lines are kept out of the file until "
                         "the hour is over. Last line above.\n",
                         file_name(origin.where), origin.where.number, kLogBytesPerSourceMax),
         true);
  }
}

void Logger::Sinks::announce_rolled(std::int64_t now) {
  constexpr std::int64_t kMicrosPerSecond = 1'000'000;
  for (const auto& [where, bytes] : rate.roll(now / kMicrosPerSecond)) {
    emit(prefix({LogCategory::All, LogLevel::Warning, {}}, now) +
             fmt::format("Logging from {} goes to the file again; {} bytes were left out.\n", where, bytes),
         true);
  }
}

void Logger::Sinks::emit(const std::string& line, bool to_file) {
  if (options.console && !write_whole(options.console_descriptor, line)) ++lost;
  if (to_file && descriptor >= 0 && !write_whole(descriptor, line)) ++lost;
}

// A rotated file is left behind and a new one begun; when that fails the old one stays in use.
void Logger::Sinks::reopen() {
  if (descriptor < 0) return;
  auto fresh = open_file();
  if (!fresh) {
    ++lost;
    return;
  }
  ::close(descriptor);
  descriptor = fresh.value();
}

Result<int, Fault> Logger::Sinks::open_file() const {
  // Without O_NONBLOCK, opening a FIFO that nobody reads would wait for ever.
  Descriptor file{
      ::open(options.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600)};
  if (file.number < 0) return Err{io_fault(options.file, "open")};
  struct stat facts {};
  if (::fstat(file.number, &facts) != 0) return Err{io_fault(options.file, "examine")};
  if (!S_ISREG(facts.st_mode) && !S_ISCHR(facts.st_mode)) {
    return Err{Fault{FaultKind::Config, fmt::format("The log file {} is not a plain file. Choose another with "
                                                    "-debuglogfile, or -nodebuglogfile for none.",
                                                    options.file.string())}};
  }
  if (::fcntl(file.number, F_SETFL, O_APPEND) != 0) return Err{io_fault(options.file, "set up")};
  return std::exchange(file.number, -1);
}

Result<Unit, Fault> shrink_log(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return Unit{};
  if (static_cast<std::uint64_t>(facts.st_size) <= kLogShrinkAbove) return Unit{};

  Descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (file.number < 0) return Err{io_fault(path, "open")};
  std::string tail(kLogShrinkTo, '\0');
  const ssize_t got = ::pread(file.number, tail.data(), tail.size(), facts.st_size - static_cast<off_t>(kLogShrinkTo));
  if (got < 0) return Err{io_fault(path, "read")};
  tail.resize(static_cast<std::size_t>(got));
  const auto first_line_end = tail.find('\n');
  if (first_line_end != std::string::npos) tail.erase(0, first_line_end + 1);
  if (::ftruncate(file.number, 0) != 0 || ::lseek(file.number, 0, SEEK_SET) != 0) return Err{io_fault(path, "shrink")};
  if (!write_whole(file.number, tail)) return Err{io_fault(path, "shrink")};
  return Unit{};
}

}  // namespace kepeng
