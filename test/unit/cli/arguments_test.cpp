// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "arguments.h"

#include <gtest/gtest.h>

#include <kepeng/json/writer.h>

#include "argument_table.h"

namespace kepeng::cli {
namespace {

std::string positional(std::string method, std::vector<std::string> words) {
  const auto parameters = positional_parameters({std::move(method), std::move(words)});
  return parameters ? json::to_text(*parameters) : "error: " + parameters.error();
}
std::string named(std::string method, std::vector<std::string> words) {
  const auto parameters = named_parameters({std::move(method), std::move(words)});
  return parameters ? json::to_text(*parameters) : "error: " + parameters.error();
}

TEST(Arguments, PositionalFormsFollowTheTable) {
  EXPECT_EQ(positional("getblockhash", {"7"}), "[7]");
  EXPECT_EQ(positional("getblockhash", {"\"7\""}), R"(["7"])");
  EXPECT_EQ(positional("getblock", {"00ff", "2"}), R"(["00ff",2])");
  EXPECT_EQ(positional("getblock", {"12", "true"}), R"(["12",true])");
  EXPECT_EQ(positional("getblockstats", {"1000", R"(["height"])"}), R"([1000,["height"]])");
  EXPECT_EQ(positional("getblockstats", {"00000000aa"}), R"(["00000000aa"])");
  EXPECT_EQ(positional("unknownmethod", {"1", "true"}), R"(["1","true"])");
  EXPECT_EQ(positional("createwallet", {"1", "true"}), R"(["1",true])");
  EXPECT_EQ(positional("sendtoaddress", {"addr", "0.10", "", "x=y"}), R"(["addr",0.10,"","x=y"])");
  EXPECT_EQ(positional("getblockhash", {}), "[]");
  EXPECT_EQ(positional("getblockhash", {"seven"}), "error: Error parsing JSON: seven");
  EXPECT_EQ(positional("getblockhash", {""}), "error: Error parsing JSON: ");
}

TEST(Arguments, NamedFormsFollowTheTable) {
  EXPECT_EQ(named("getblock", {"blockhash=00ff", "verbosity=2"}), R"({"blockhash":"00ff","verbosity":2})");
  EXPECT_EQ(named("getblock", {"blockhash=00ff", "verbose=true"}), R"({"blockhash":"00ff","verbose":true})");
  EXPECT_EQ(named("getblock", {"00ff", "verbosity=0"}), R"({"verbosity":0,"args":["00ff"]})");
  EXPECT_EQ(named("dumptxoutset", {"/path", "rollback=5"}), R"({"rollback":5,"args":["/path"]})");
  EXPECT_EQ(named("createwallet", {"a=b"}), R"({"args":["a=b"]})");
  EXPECT_EQ(named("createwallet", {"wallet_name=a=b"}), R"({"wallet_name":"a=b"})");
  EXPECT_EQ(named("getblockhash", {}), "{}");
  EXPECT_EQ(named("getblock", {"verbosity=1", "verbosity=2"}), "error: Parameter verbosity is given more than once");
  EXPECT_EQ(named("getblock", {"x", "args=[1]"}),
            "error: Parameter args is given together with words that have no name");
}

TEST(Arguments, TheTableIsWhole) {
  EXPECT_EQ(argument_table().size(), 336u);
  for (const ArgumentRow& row : argument_table()) {
    EXPECT_FALSE(row.method.empty() || row.name.empty());
    EXPECT_GE(row.position, -1);
  }
}

}  // namespace
}  // namespace kepeng::cli
