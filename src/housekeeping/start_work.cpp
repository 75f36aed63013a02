// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/housekeeping/start_work.h>

#include <system_error>

#include <kepeng/base/progress.h>
#include <kepeng/validation/verify_chain.h>

#include <kepeng/housekeeping/tip_reporter.h>

namespace kepeng::housekeeping {
namespace {

constexpr std::int64_t kProgressIntervalNs = 10'000'000'000;
constexpr double kMib = 1 << 20;

}  // namespace

StartWork::StartWork(validation::Engine& engine, Logger& logger, Plan plan, Hooks hooks)
    : engine_{engine}, logger_{logger}, plan_{std::move(plan)}, hooks_{std::move(hooks)} {
  thread_ = std::thread{[this] { run(); }};
}

StartWork::~StartWork() {
  stopping_ = true;
  thread_.join();
}

void StartWork::run() {
  set_thread_name("initload");
  auto done = import_all();
  if (done && plan_.stop_after && !stopping_) {
    KP_LOG_INFO(logger_, "Stopping after block import");
    hooks_.request_shutdown();
    return;
  }
  if (done && !stopping_) done = verify();
  if (!done && done.error().kind != FaultKind::Interrupted) hooks_.on_fault(std::move(done).error());
}

Result<Unit, Fault> StartWork::import_all() {
  if (engine_.is_reindexing()) {
    KP_LOG_INFO(logger_, "Reindexing block files");
    KP_TRY(const auto done, engine_.import_block_files(progress_of("Reindexing")));
    KP_LOG_INFO(logger_, "Reindexing finished: {} blocks, {} unusable records", done.blocks, done.unusable);
  }
  std::error_code ignored;
  if (std::filesystem::exists(plan_.bootstrap, ignored)) {
    KP_TRY_VOID(import_file(plan_.bootstrap));
    std::filesystem::path done = plan_.bootstrap;
    done += ".old";
    std::filesystem::rename(plan_.bootstrap, done, ignored);
  }
  for (const auto& file : plan_.files) {
    auto imported = import_file(file);
    if (imported) continue;
    if (imported.error().kind != FaultKind::NotFound) return imported;
    KP_LOG_WARNING(logger_, "Could not open blocks file {}", file.string());
  }
  return engine_.activate_best_chain();
}

Result<Unit, Fault> StartWork::import_file(const std::filesystem::path& path) {
  KP_LOG_INFO(logger_, "Importing blocks file {}...", path.string());
  const std::int64_t since = steady_ns();
  KP_TRY(const auto done, engine_.import_file(path.string(), progress_of("Importing " + path.filename().string())));
  KP_LOG_INFO(logger_, "Loaded {} blocks from external file in {}ms ({} unusable records)", done.blocks,
              (steady_ns() - since) / 1'000'000, done.unusable);
  return Unit{};
}

// A failure to read is the business of whoever reads; damage and contradictions stop the node.
Result<Unit, Fault> StartWork::verify() {
  if (engine_.view()->height() == 0) return Unit{};
  validation::VerifyRequest request{.level = plan_.check_level, .blocks = plan_.check_blocks};
  request.go_on = [this] { return !stopping_; };
  KP_LOG_INFO(logger_, "Verifying last {} blocks at level {}", request.blocks, request.level);
  const std::int64_t since = steady_ns();
  const auto report = validation::verify_chain(engine_, request);
  if (!report && report.error().kind == FaultKind::NotFound) {  // pruned meanwhile
    KP_LOG_WARNING(logger_, "Verification ended early: {}", report.error().message);
    return Unit{};
  }
  if (!report) return Err{report.error()};
  if (report->finding) {
    return Err{Fault{FaultKind::Corruption, *report->finding +
                                                " The block database is corrupted. Restart with -reindex-chainstate, "
                                                "or with -reindex if that does not help."}};
  }
  KP_LOG_INFO(logger_, "Verification: {} blocks are good{} ({} ms)", report->blocks_checked,
              report->is_interrupted ? " so far, interrupted" : "", (steady_ns() - since) / 1'000'000);
  return Unit{};
}

validation::Engine::ProgressCallback StartWork::progress_of(std::string what) const {
  struct State {
    std::int64_t started_ns = steady_ns();
    std::int64_t told_ns = started_ns;
  };
  return [this, what = std::move(what), state = State{}](const validation::ImportProgress& now) mutable {
    const std::int64_t time_ns = steady_ns();
    if (time_ns - state.told_ns < kProgressIntervalNs) return !stopping_;
    state.told_ns = time_ns;
    const double seconds = static_cast<double>(time_ns - state.started_ns) / 1e9;
    const double rate = static_cast<double>(now.bytes) / seconds;
    const double left = static_cast<double>(now.bytes_total - now.bytes) / rate;
    const chain::Entry* tip = engine_.view()->tip();
    KP_LOG_INFO(logger_, "{}: {:.1f} % of {:.0f} MiB read, {:.1f} MiB/s, height {}, time left {}", what,
                100.0 * static_cast<double>(now.bytes) / static_cast<double>(now.bytes_total),
                static_cast<double>(now.bytes_total) / kMib, rate / kMib, tip->height, duration_text(left));
    return !stopping_;
  };
}

}  // namespace kepeng::housekeeping
