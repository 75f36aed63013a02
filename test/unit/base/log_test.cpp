// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <kepeng/base/log.h>

namespace kepeng {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNoon = 1'785'585'600'000'000;  // 2026-08-01T12:00:00Z

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    char name[] = "/tmp/kepeng_log_XXXXXX";
    directory_ = ::mkdtemp(name);
    options_.file = directory_ / "debug.log";
    options_.now_micros = [this] { return now_.load(); };
  }
  ~LogTest() override { fs::remove_all(directory_); }

  std::string text() const { return read(options_.file); }
  static std::string read(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
  }
  void start() { ASSERT_TRUE(logger_.start(options_)); }

  fs::path directory_;
  LogOptions options_;
  std::atomic<std::int64_t> now_{kNoon};
  Logger logger_;
};

TEST_F(LogTest, LinesHaveBitcoindsForm) {
  logger_.enable(LogCategory::Net);
  logger_.set_level(LogCategory::Net, LogLevel::Trace);
  start();
  KP_LOG_INFO(logger_, "message {}", 1);
  KP_LOG_WARNING(logger_, "careful\n");
  KP_LOG_ERROR(logger_, "broken");
  KP_LOG_DEBUG(logger_, Net, "detail");
  KP_LOG_TRACE(logger_, Net, "byte");
  KP_LOG(logger_, Net, Info, "known");
  EXPECT_EQ(text(),
            "2026-08-01T12:00:00Z message 1\n"
            "2026-08-01T12:00:00Z [warning] careful\n"
            "2026-08-01T12:00:00Z [error] broken\n"
            "2026-08-01T12:00:00Z [net] detail\n"
            "2026-08-01T12:00:00Z [net:trace] byte\n"
            "2026-08-01T12:00:00Z [net:info] known\n");
}

TEST_F(LogTest, OptionsChangeThePrefix) {
  options_.time_micros = options_.thread_names = options_.source_locations = options_.always_level = true;
  start();
  now_ = kNoon + 42;
  std::thread worker{[&] {
    set_thread_name("worker");
    KP_LOG_INFO(logger_, "x");
  }};
  worker.join();
  const std::string line = text();
  EXPECT_TRUE(line.starts_with("2026-08-01T12:00:00.000042Z [worker] [log_test.cpp:")) << line;
  EXPECT_TRUE(line.ends_with("] [all:info] x\n")) << line;
}

TEST_F(LogTest, TimestampsCanBeLeftOut) {
  options_.timestamps = false;
  start();
  KP_LOG_INFO(logger_, "bare");
  EXPECT_EQ(text(), "bare\n");
}

TEST_F(LogTest, ACategoryThatIsOffFormatsNothing) {
  start();
  int formatted = 0;
  const auto count = [&] { return ++formatted; };
  KP_LOG_DEBUG(logger_, Mempool, "{}", count());
  EXPECT_EQ(formatted, 0);
  logger_.enable(LogCategory::All);
  logger_.disable(LogCategory::Net);
  KP_LOG_DEBUG(logger_, Net, "{}", count());
  EXPECT_EQ(formatted, 0);
  KP_LOG_DEBUG(logger_, Mempool, "{}", count());
  KP_LOG_TRACE(logger_, Mempool, "{}", count());
  EXPECT_EQ(formatted, 1);
  logger_.set_level(LogLevel::Trace);
  KP_LOG_TRACE(logger_, Mempool, "{}", count());
  EXPECT_EQ(formatted, 2);
  EXPECT_EQ(text(), "2026-08-01T12:00:00Z [mempool] 1\n2026-08-01T12:00:00Z [mempool:trace] 2\n");
}

TEST_F(LogTest, EveryCategoryNameReadsBack) {
  for (std::size_t i = 0; i < kLogCategories; ++i) {
    const auto category = static_cast<LogCategory>(i);
    EXPECT_FALSE(to_text(category).empty());
    EXPECT_EQ(log_category_from_text(to_text(category)), category);
  }
  EXPECT_EQ(to_text(LogCategory::Privatebroadcast), "privatebroadcast");
  EXPECT_EQ(log_category_from_text("1"), LogCategory::All);
  EXPECT_EQ(log_category_from_text("libevent"), std::nullopt);
  EXPECT_EQ(log_level_from_text("trace"), LogLevel::Trace);
  EXPECT_EQ(log_level_from_text("none"), std::nullopt);
}

TEST_F(LogTest, LinesBeforeStartAreKept) {
  options_.timestamps = false;
  KP_LOG_INFO(logger_, "early");
  for (int i = 0; i < 30; ++i) KP_LOG_INFO(logger_, "{}", std::string(60'000, 'x'));
  start();
  KP_LOG_INFO(logger_, "late");
  const std::string all = text();
  EXPECT_NE(all.find("early\n"), std::string::npos);
  EXPECT_NE(all.find("early log lines were dropped"), std::string::npos);
  EXPECT_TRUE(all.ends_with("late\n"));
  EXPECT_LE(all.size(), kLogEarlyBytesMax + 200);
}

TEST_F(LogTest, R020_B139_ControlCharactersAreEscapedAndLongLinesCut) {
  options_.timestamps = false;
  start();
  KP_LOG_INFO(logger_, "{}",
              "a\nb\x1b[31m\x7f\xc2\x9b"
              "c\xc3\xa9");
  KP_LOG_INFO(logger_, "{}", std::string_view("\0x", 2));
  EXPECT_EQ(text(), "a\\x0ab\\x1b[31m\\x7f\\xc2\\x9bc\xc3\xa9\n\\x00x\n");
  KP_LOG_INFO(logger_, "{}", std::string(1 << 20, 'y'));
  EXPECT_LT(text().size(), kLogLineBytesMax + 200);
  EXPECT_NE(text().find("bytes cut)\n"), std::string::npos);
}

TEST_F(LogTest, OneSourceLineCannotFillTheDisk) {
  start();
  const std::string kilobyte(1000, 'z');
  for (int i = 0; i < 5000; ++i) KP_LOG_INFO(logger_, "{}", kilobyte);
  KP_LOG_INFO(logger_, "another line is not affected");
  const auto size = fs::file_size(options_.file);
  EXPECT_LT(size, kLogBytesPerSourceMax + 3000);
  EXPECT_NE(text().find("has logged more than 1048576 bytes"), std::string::npos);
  EXPECT_NE(text().find("another line is not affected"), std::string::npos);
  now_ = kNoon + kLogRateWindowSeconds * 1'000'000;
  KP_LOG_INFO(logger_, "next hour");
  EXPECT_NE(text().find("goes to the file again"), std::string::npos);
}

TEST_F(LogTest, DebugLinesAndANoLimitOptionAreNotLimited) {
  options_.rate_limit = false;
  start();
  const std::string kilobyte(1000, 'z');
  for (int i = 0; i < 2000; ++i) KP_LOG_INFO(logger_, "{}", kilobyte);
  EXPECT_GT(fs::file_size(options_.file), 2'000'000u);
}

TEST_F(LogTest, B175_ReopensAfterRotation) {
  options_.timestamps = false;
  start();
  KP_LOG_INFO(logger_, "one");
  fs::rename(options_.file, directory_ / "debug.log.1");
  KP_LOG_INFO(logger_, "two");
  logger_.request_reopen();
  KP_LOG_INFO(logger_, "three");
  EXPECT_EQ(read(directory_ / "debug.log.1"), "one\ntwo\n");
  EXPECT_EQ(text(), "three\n");
}

TEST_F(LogTest, B175_DirectoryAndFifoAreRefused) {
  fs::create_directory(options_.file);
  EXPECT_FALSE(logger_.start(options_));
  options_.file = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(options_.file.c_str(), 0600), 0);
  EXPECT_FALSE(logger_.start(options_));
  options_.file = directory_ / "none" / "debug.log";
  const auto failed = logger_.start(options_);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("none/debug.log"), std::string::npos);
}

TEST_F(LogTest, B175_AFullDiskIsCountedNotFatal) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  options_.file = "/dev/full";
  start();
  KP_LOG_INFO(logger_, "x");
  EXPECT_EQ(logger_.lines_lost(), 1u);
}

TEST_F(LogTest, TheFileIsPrivate) {
  start();
  struct stat facts {};
  ASSERT_EQ(::stat(options_.file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0077, 0u);
}

TEST_F(LogTest, ALargeFileIsShrunkAtStart) {
  {
    std::ofstream old{options_.file};
    for (int i = 0; i < 120'000; ++i) old << fmt::format("line {:06} {}\n", i, std::string(88, 'o'));
  }
  ASSERT_GT(fs::file_size(options_.file), kLogShrinkAbove);
  start();
  const std::string all = text();
  EXPECT_LE(all.size(), kLogShrinkTo);
  EXPECT_TRUE(all.starts_with("line "));
  EXPECT_NE(all.find("line 119999"), std::string::npos);
}

TEST_F(LogTest, ConsoleAndFileGetTheSame) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  options_.console = true;
  options_.console_descriptor = ends[1];
  start();
  KP_LOG_INFO(logger_, "both");
  char got[100] = {};
  const auto count = ::read(ends[0], got, sizeof got);
  EXPECT_EQ(std::string(got, static_cast<std::size_t>(count)), text());
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(LogTest, ThreadsDoNotMixTheirLines) {
  options_.timestamps = false;
  start();
  std::vector<std::thread> threads;
  for (char name = 'a'; name < 'e'; ++name) {
    threads.emplace_back([this, name] {
      for (int i = 0; i < 1000; ++i) KP_LOG_INFO(logger_, "{}", std::string(50, name));
    });
  }
  for (auto& thread : threads) thread.join();
  std::istringstream lines{text()};
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_EQ(line, std::string(50, line[0]));
  EXPECT_EQ(count, 4000);
}

}  // namespace
}  // namespace kepeng
