// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// StartWork: what a node does by itself once it is open: reindexing, importing files, checking the last blocks.
//
// One thread. A failure is handed to `on_fault`, and the node stops.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <kepeng/validation/engine.h>

namespace kepeng::housekeeping {

class StartWork {
 public:
  struct Plan {
    std::vector<std::filesystem::path> files{};  // -loadblock
    std::filesystem::path bootstrap{};           // imported if it is there, and renamed
    bool stop_after = false;
    int check_level = 3;
    Height check_blocks = 6;
  };
  struct Hooks {
    std::function<void(Fault)> on_fault;
    std::function<void()> request_shutdown;
  };
  // Engine and logger outlive it.
  StartWork(validation::Engine& engine, Logger& logger, Plan plan, Hooks hooks);
  ~StartWork();  // interrupts, and waits

 private:
  void run();
  Result<Unit, Fault> import_all();
  Result<Unit, Fault> import_file(const std::filesystem::path& path);
  Result<Unit, Fault> verify();
  validation::Engine::ProgressCallback progress_of(std::string what) const;

  validation::Engine& engine_;
  Logger& logger_;
  Plan plan_;
  Hooks hooks_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace kepeng::housekeeping
