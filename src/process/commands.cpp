// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/process/commands.h>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace kepeng::process {

void Commands::run(const std::string& command) {
  reap();
  const pid_t process = spawn(command);
  if (process > 0) children_.with([&](auto& children) { children.push_back({process, command}); });
}

void Commands::run_and_wait(const std::string& command) {
  const pid_t process = spawn(command);
  int status = 0;
  if (process > 0 && ::waitpid(process, &status, 0) == process) note_end({process, command}, status);
}

void Commands::reap() {
  std::vector<std::pair<Child, int>> ended;
  children_.with([&](auto& children) {
    std::erase_if(children, [&](const Child& child) {
      int status = 0;
      if (::waitpid(child.process, &status, WNOHANG) == 0) return false;
      ended.emplace_back(child, status);
      return true;
    });
  });
  for (const auto& [child, status] : ended) note_end(child, status);
}

// The node's threads hold back signals; the command must not inherit that.
pid_t Commands::spawn(const std::string& command) {
  posix_spawnattr_t attributes;
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::string shell = "sh", option = "-c", text = command;
  char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  pid_t process = 0;
  const int error = ::posix_spawn(&process, "/bin/sh", nullptr, &attributes, arguments, environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error == 0) return process;
  KP_LOG_WARNING(logger_, "Cannot run command \"{}\": {}", command, std::strerror(error));
  return 0;
}

void Commands::note_end(const Child& child, int status) {
  if (status != 0) KP_LOG_WARNING(logger_, "runCommand error: system({}) returned {}", child.command, status);
}

std::string fill_in(std::string command, std::string_view text) {
  for (std::size_t at = command.find("%s"); at != std::string::npos; at = command.find("%s", at + text.size())) {
    command.replace(at, 2, text);
  }
  return command;
}

}  // namespace kepeng::process
