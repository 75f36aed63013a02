// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Commands of the operator (-blocknotify and its like), run by the shell in processes of their own. Thread-safe.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/guarded.h>
#include <kepeng/base/log.h>

namespace kepeng::process {

class Commands {
 public:
  explicit Commands(Logger& logger) : logger_{logger} {}

  // Starts it and goes on.
  void run(const std::string& command);
  void run_and_wait(const std::string& command);
  // Collects those that have ended.
  void reap();

 private:
  struct Child {
    pid_t process = 0;
    std::string command;
  };
  pid_t spawn(const std::string& command);
  void note_end(const Child& child, int status);

  Logger& logger_;
  Guarded<std::vector<Child>> children_;
};

// The command with every "%s" replaced.
std::string fill_in(std::string command, std::string_view text);

}  // namespace kepeng::process
