// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// An engine with everything around it, in a directory that goes away with the test.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include <kepeng/validation/engine.h>

namespace kepeng::validation {

class Directory {
 public:
  Directory() {
    std::string name = std::filesystem::temp_directory_path() / "kepeng-test-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct Node {
  std::unique_ptr<Env> env = posix_env();
  Logger log;
  Clock clock;
  params::NetworkParams network;
  Directory directory;
  EngineOptions options;

  explicit Node(const params::NetworkChoice& choice) : network{params::make_network(choice).value()} {
    options.data_directory = directory.at("data");
    options.blocks_directory = directory.at("data/blocks");
    options.script_threads = 2;
    std::filesystem::create_directories(options.data_directory);
  }
  std::unique_ptr<Engine> open() {
    auto engine = Engine::open({*env, log, clock, network}, options);
    EXPECT_TRUE(engine.ok()) << (engine ? "" : engine.error().message);
    return engine ? std::move(engine).value() : nullptr;
  }
};

inline bool go_on(const ImportProgress&) {
  return true;
}

}  // namespace kepeng::validation
