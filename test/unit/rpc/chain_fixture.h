// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// A regtest node without a network: an engine in a temporary directory, and a dispatcher with every method.
#pragma once

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <filesystem>

#include <kepeng/json/reader.h>
#include <kepeng/rpc/dispatch.h>
#include <kepeng/rpc/families.h>

#include "support/vectors.h"

namespace kepeng::rpc {

class ChainFixture {
 public:
  ChainFixture() : network_{params::make_network({.network = params::Network::Regtest}).value()} {
    std::string name = std::filesystem::temp_directory_path() / "kepeng-rpc-XXXXXX";
    directory_ = mkdtemp(name.data());
    validation::EngineOptions options;
    options.data_directory = directory_ + "/data";
    options.blocks_directory = directory_ + "/data/blocks";
    options.script_threads = 2;
    std::filesystem::create_directories(options.data_directory);
    engine_ = validation::Engine::open({*env_, log_, clock_, network_}, options).value();
    services_.engine = engine_.get();
    services_.network = &network_;
    services_.clock = &clock_;
    services_.logger = &log_;
    services_.data_directory = options.data_directory;
    dispatcher_ = std::make_unique<Dispatcher>(services_, all_families(), Whitelist{{}});
    dispatcher_->end_warmup();
  }
  ~ChainFixture() {
    engine_ = nullptr;
    std::filesystem::remove_all(directory_);
  }

  validation::Engine& engine() { return *engine_; }
  Services& services() { return services_; }
  Clock& clock() { return clock_; }
  const std::string& directory() const { return directory_; }

  // The 104 blocks of the block statistics vectors: genesis, then heights 1 to 103, with some payments at the end.
  void add_vector_chain() {
    const auto vectors = test::read_shared_json("vectors/rpc/rpc_getblockstats.json");
    clock_.mock({vectors["mocktime"].GetInt64()});
    for (const auto& hex : vectors["blocks"].GetArray()) {
      const auto outcome = engine_->submit(parse_block(test::unhex(hex.GetString())).value());
      ASSERT_TRUE(outcome.ok());
      ASSERT_NE(outcome->kind, validation::SubmitOutcome::Kind::Rejected);
    }
    ASSERT_EQ(engine_->view()->height(), 103);
  }

  // The whole answer of a call; `params` is JSON text.
  json::Value call(std::string_view method, std::string_view params = "[]") {
    const std::string body = fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})", method, params);
    const Reply reply = dispatcher_->answer(body, {.user = "test", .path = "/", .gone = {}});
    auto parsed = json::parse(reply.body);
    EXPECT_TRUE(parsed.ok()) << reply.body;
    return parsed ? std::move(parsed).value() : json::Value{};
  }
  // The result, which must be there.
  json::Value result(std::string_view method, std::string_view params = "[]") {
    const json::Value answer = call(method, params);
    const json::Value* found = answer.find("result");
    EXPECT_NE(found, nullptr) << method << params << json::to_text(answer);
    return found == nullptr ? json::Value{} : *found;
  }
  std::string text(std::string_view method, std::string_view params = "[]") {
    return json::to_text(result(method, params));
  }
  // "-5 Block not found".
  std::string error(std::string_view method, std::string_view params = "[]") {
    const json::Value answer = call(method, params);
    const json::Value* found = answer.find("error");
    if (found == nullptr) return "no error: " + json::to_text(answer);
    return *found->find("code")->as_number_text() + " " + *found->find("message")->as_string();
  }

 private:
  std::string directory_;
  std::unique_ptr<Env> env_ = posix_env();
  Logger log_;
  Clock clock_;
  params::NetworkParams network_;
  std::unique_ptr<validation::Engine> engine_;
  Services services_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

inline json::Value json_of(const std::string& text) {
  return json::parse(text).value();
}

}  // namespace kepeng::rpc
