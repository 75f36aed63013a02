// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/process/daemon.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace kepeng::process {

Result<Daemon::Fork, Fault> Daemon::fork(Parent parent) {
  std::array<int, 2> line{-1, -1};
  if (::pipe2(line.data(), O_CLOEXEC) != 0) {
    return Err{Fault{FaultKind::Io, std::string{"Cannot go into the background: "} + std::strerror(errno) + "."}};
  }
  const pid_t child = ::fork();
  if (child < 0) {
    return Err{Fault{FaultKind::Io, std::string{"Cannot go into the background: "} + std::strerror(errno) + "."}};
  }
  if (child == 0) {
    ::close(line[0]);
    ::setsid();
    return Fork{std::nullopt, line[1]};
  }
  ::close(line[1]);
  int exit_code = 0;
  if (parent == Parent::WaitsForStart) {
    // The line closes without a word if the child ends before it has started; it has said why by then.
    char word = 0;
    exit_code = ::read(line[0], &word, 1) == 1 ? 0 : 1;
  }
  ::close(line[0]);
  return Fork{exit_code, -1};
}

void Daemon::report_started(const Fork& fork) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0) {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
    ::close(null);
  }
  const char word = 1;
  static_cast<void>(::write(fork.report_descriptor, &word, 1) == 1);
  ::close(fork.report_descriptor);
}

void open_standard_descriptors() {
  int opened = 0;
  do {
    opened = ::open("/dev/null", O_RDWR);
  } while (opened >= 0 && opened <= STDERR_FILENO);
  if (opened > STDERR_FILENO) ::close(opened);
}

}  // namespace kepeng::process
