// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Going into the background (-daemon, -daemonwait). Before any thread is started.
//
// The first process waits for word from the second one, or not, and ends; the second goes on without a terminal.
#pragma once

#include <optional>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>

namespace kepeng::process {

class Daemon {
 public:
  enum class Parent { Leaves, WaitsForStart };
  // In the parent: the exit code with which it is to end. In the child: nothing, and the child's end of the line.
  struct Fork {
    std::optional<int> parent_exit_code;
    int report_descriptor = -1;
  };
  static Result<Fork, Fault> fork(Parent parent);
  // Child: start-up is over (standard input and output go to /dev/null from here on).
  static void report_started(const Fork& fork);
};

// Descriptors 0 to 2 exist, if need be as /dev/null, so that no file of ours ever gets their numbers.
void open_standard_descriptors();

}  // namespace kepeng::process
