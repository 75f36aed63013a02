// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <kepeng/config/option.h>
#include <kepeng/config/options.h>

#include "support/vectors.h"

namespace kepeng::config {
namespace {

namespace fs = std::filesystem;
using params::Network;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    char name[] = "/tmp/kepeng_config_XXXXXX";
    home_ = ::mkdtemp(name);
    data_ = home_ / ".kepeng";
    fs::create_directory(data_);
    environment_ = {.home = home_, .memory_bytes = std::uint64_t{8} << 30};
  }
  ~OptionsTest() override { fs::remove_all(home_); }

  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((data_ / file).parent_path());
    std::ofstream{data_ / file, std::ios::binary} << text;
  }
  void config(const std::string& text) { write("kepeng.conf", text); }

  Options load(const std::vector<std::string>& arguments, Program program = Program::Node) {
    auto loaded = Options::load(program, arguments, environment_);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(loaded).value();
  }
  std::string refusal(const std::vector<std::string>& arguments, Program program = Program::Node) {
    auto loaded = Options::load(program, arguments, environment_);
    if (loaded) return "(accepted)";
    EXPECT_FALSE(loaded.error().message.empty());
    return loaded.error().message;
  }

  fs::path home_;
  fs::path data_;
  Environment environment_;
};

TEST_F(OptionsTest, DefaultsComeFromTheTable) {
  const Options options = load({});
  EXPECT_TRUE(options.get_bool("server"));
  EXPECT_FALSE(options.get_bool("txindex"));
  EXPECT_EQ(options.get_int("rpcthreads"), 16);
  EXPECT_EQ(options.get_int("rpcworkqueue"), 64);
  EXPECT_EQ(options.get_amount("minrelaytxfee"), 100);
  EXPECT_EQ(options.network(), Network::Main);
  EXPECT_EQ(options.base_directory(), data_);
  EXPECT_EQ(options.network_directory(), data_);
  EXPECT_EQ(options.get_path("debuglogfile"), data_ / "debug.log");
  EXPECT_EQ(options.get_path("rpccookiefile"), data_ / ".cookie");
  EXPECT_EQ(options.find_int("dbcache"), std::nullopt);
  EXPECT_TRUE(options.config_file().empty());
  EXPECT_TRUE(options.get_bool("printtoconsole"));
  EXPECT_THAT(options.warnings(), IsEmpty());
}

TEST_F(OptionsTest, CommandLineForms) {
  const Options options = load({"-txindex", "--rpcthreads=4", "-nolisten", "-debug=net", "-debug=rpc", "-uacomment=a=b",
                                "-dbcache=100", "-dbcache=200", "-listenonion=0"});
  EXPECT_TRUE(options.get_bool("txindex"));
  EXPECT_EQ(options.get_int("rpcthreads"), 4);
  EXPECT_FALSE(options.get_bool("listen"));
  EXPECT_TRUE(options.is_negated("listen"));
  EXPECT_THAT(options.get_list("debug"), ElementsAre("net", "rpc"));
  EXPECT_EQ(options.get_string("uacomment"), "a=b");
  EXPECT_EQ(options.get_int("dbcache"), 200);  // the last wins
  EXPECT_FALSE(options.get_bool("listenonion"));
  EXPECT_FALSE(options.is_negated("listenonion"));
}

TEST_F(OptionsTest, B140_UnknownOptions) {
  EXPECT_EQ(refusal({"-foo"}), "Error parsing command line arguments: Invalid parameter -foo");
  EXPECT_EQ(refusal({"--foo=1"}), "Error parsing command line arguments: Invalid parameter --foo");
  EXPECT_THAT(refusal({"-regtest.server=1"}), HasSubstr("Invalid parameter -regtest.server"));
  EXPECT_THAT(refusal({"-named"}), HasSubstr("Invalid parameter -named"));
  EXPECT_THAT(refusal({"word"}), HasSubstr("unexpected token 'word'"));
  config("foo=1\n\n[nowhere]\nserver=0\nmars.server=0\n");
  const Options options = load({});
  EXPECT_THAT(options.warnings(), Contains(HasSubstr("unknown configuration value foo")));
  EXPECT_THAT(options.warnings(), Contains(HasSubstr("kepeng.conf line 3: Section [nowhere] is not recognized.")));
  EXPECT_THAT(options.warnings(), Contains(HasSubstr("line 5: Section [mars] is not recognized.")));
  EXPECT_TRUE(options.get_bool("server"));
}

TEST_F(OptionsTest, B142_TwiceAndNegated) {
  config("rpcthreads=1\nrpcthreads=2\nconnect=a\nnoconnect=1\nconnect=b\nconnect=c\n");
  EXPECT_EQ(load({}).get_int("rpcthreads"), 1);  // the first wins in a file
  EXPECT_THAT(load({}).get_list("connect"), ElementsAre("b", "c"));
  EXPECT_THAT(load({"-connect=x"}).get_list("connect"), ElementsAre("x", "b", "c"));
  EXPECT_THAT(load({"-noconnect"}).get_list("connect"), IsEmpty());
  EXPECT_THAT(load({"-connect=x", "-noconnect", "-connect=y"}).get_list("connect"), ElementsAre("y"));
  const Options twice_no = load({"-noserver=0"});
  EXPECT_TRUE(twice_no.get_bool("server"));
  EXPECT_THAT(twice_no.warnings(), Contains(HasSubstr("-noserver=0 is taken as -server=1")));
  EXPECT_FALSE(load({"-noserver=1"}).get_bool("server"));
  EXPECT_THAT(refusal({"-nodatadir"}), HasSubstr("Negating of -datadir is meaningless and therefore forbidden"));
  EXPECT_THAT(refusal({"-nologlevel"}), HasSubstr("Negating of -loglevel"));
}

TEST_F(OptionsTest, PrecedenceOfTheSources) {
  config("rpcthreads=1\nmaxmempool=10\nbantime=7\n[main]\nmaxmempool=20\n");
  write("settings.json",
        R"({"rpcthreads": 2, "txindex": true, "listen": false, "wallet": ["a", "b"], "bantime": null})");
  EXPECT_EQ(load({}).get_int("maxmempool"), 20);
  EXPECT_EQ(load({}).get_int("rpcthreads"), 2);
  EXPECT_EQ(load({}).get_int("bantime"), 7);
  EXPECT_EQ(load({"-rpcthreads=3"}).get_int("rpcthreads"), 3);
  EXPECT_EQ(load({"-nosettings"}).get_int("rpcthreads"), 1);
  EXPECT_TRUE(load({}).get_bool("txindex"));
  EXPECT_FALSE(load({}).get_bool("listen"));
  EXPECT_THAT(load({"-wallet=c"}).get_list("wallet"), ElementsAre("c", "a", "b"));
}

TEST_F(OptionsTest, SectionsAndPrefixes) {
  config("rpcthreads=1\nregtest.rpcthreads=2\nregtest.port=5\n[regtest]\nrpcport=6\n[main]\nrpcport=7\n");
  const Options regtest = load({"-regtest"});
  EXPECT_EQ(regtest.get_int("rpcthreads"), 2);
  EXPECT_EQ(regtest.get_int("port"), 5);
  EXPECT_EQ(regtest.get_int("rpcport"), 6);
  EXPECT_EQ(regtest.network_directory(), data_ / "regtest");
  const Options main = load({});
  EXPECT_EQ(main.get_int("rpcthreads"), 1);
  EXPECT_EQ(main.get_int("rpcport"), 7);
  EXPECT_FALSE(main.is_set("port"));
}

TEST_F(OptionsTest, B146_NetworkOnlyOptionsInTheGlobalPart) {
  config("rpcport=7\nbind=1.2.3.4\n");
  EXPECT_EQ(load({}).get_int("rpcport"), 7);
  const std::string message = refusal({"-regtest"});
  EXPECT_THAT(message,
              HasSubstr("Config setting for -rpcport only applied on regtest network when in [regtest] section"));
  EXPECT_THAT(message, HasSubstr("Config setting for -bind"));
  EXPECT_THAT(message, HasSubstr("kepeng.conf line 1"));
  EXPECT_EQ(load({"-regtest", "-rpcport=9", "-bind=::"}).get_int("rpcport"), 9);
  EXPECT_FALSE(load({"-regtest"}, Program::Client).is_set("rpcport"));
  config("connect=a\nnoconnect=1\n");
  EXPECT_THAT(load({"-regtest"}).get_list("connect"), IsEmpty());
}

TEST_F(OptionsTest, B146_OneNetworkOnly) {
  EXPECT_EQ(load({"-testnet"}).network(), Network::Testnet3);
  EXPECT_EQ(load({"-testnet4"}).network_directory(), data_ / "testnet4");
  EXPECT_EQ(load({"-chain=test"}).network_directory(), data_ / "testnet3");
  EXPECT_EQ(load({"-chain=signet"}).network(), Network::Signet);
  EXPECT_EQ(load({"-regtest=0"}).network(), Network::Main);
  EXPECT_THAT(refusal({"-regtest", "-signet"}), HasSubstr("Can use at most one"));
  EXPECT_THAT(refusal({"-chain=main", "-signet"}), HasSubstr("Can use at most one"));
  EXPECT_THAT(refusal({"-chain=moon"}), HasSubstr("Unknown chain moon"));
  config("regtest=1\n");
  EXPECT_EQ(load({}).network(), Network::Regtest);
  EXPECT_EQ(load({"-noregtest"}).network(), Network::Main);
  EXPECT_THAT(refusal({"-signet"}), HasSubstr("Can use at most one"));
}

TEST_F(OptionsTest, FileErrorsNameTheLine) {
  const auto message = [&](const std::string& text) {
    config(text);
    return refusal({});
  };
  EXPECT_THAT(message("server=1\n-server=1\n"), HasSubstr("parse error on line 2"));
  EXPECT_THAT(message("-server=1\n"), HasSubstr("must be specified without leading -"));
  EXPECT_THAT(message("nolisten\n"), HasSubstr("use nolisten=1 instead"));
  EXPECT_THAT(message("server\n"), HasSubstr("kepeng.conf"));
  EXPECT_THAT(message("conf=x\n"), HasSubstr("conf cannot be set in the configuration file"));
  EXPECT_THAT(message("help=1\n"), HasSubstr("command line only"));
  EXPECT_THAT(message("rpcthreads=many\n"), HasSubstr("'many' is not a whole number from 1 to 1024"));
  EXPECT_THAT(message("rpcthreads=many\n"), HasSubstr("line 1"));
  EXPECT_THAT(message(std::string("a\0=1", 4)), HasSubstr("NUL"));
  config("\xef\xbb\xbf# comment\n  server = 0   # no\r\n[regtest] # section\n\nrpcthreads=3");
  EXPECT_FALSE(load({}).get_bool("server"));
  EXPECT_EQ(load({"-regtest"}).get_int("rpcthreads"), 3);
}

TEST_F(OptionsTest, B144_Includes) {
  config("includeconf=more.conf\nrpcthreads=1\n");
  write("more.conf", "rpcthreads=2\nmaxmempool=9\nincludeconf=kepeng.conf\n");
  const Options options = load({});
  EXPECT_EQ(options.get_int("rpcthreads"), 1);
  EXPECT_EQ(options.get_int("maxmempool"), 9);
  EXPECT_THAT(options.warnings(), Contains(HasSubstr("-includeconf cannot be used from included files; ignoring")));
  config("includeconf=missing.conf\n");
  EXPECT_THAT(refusal({}), HasSubstr("Failed to include configuration file"));
  EXPECT_THAT(refusal({"-includeconf=x"}), HasSubstr("-includeconf cannot be used from commandline; -includeconf=x"));
  config("[regtest]\nincludeconf=missing.conf\n");
  EXPECT_EQ(load({}).get_int("rpcthreads"), 16);
  EXPECT_THAT(refusal({"-regtest"}), HasSubstr("missing.conf"));
}

TEST_F(OptionsTest, B145_AnIgnoredFileInTheDataDirectory) {
  const fs::path other = home_ / "other";
  fs::create_directory(other);
  std::ofstream{other / "bitcoin.conf"} << "server=1\n";
  config("datadir=" + other.string() + "\n");
  EXPECT_THAT(refusal({}), HasSubstr("file which is ignored"));
  EXPECT_THAT(refusal({}), HasSubstr("allowignoredconf=1"));
  EXPECT_EQ(load({"-allowignoredconf"}).base_directory(), other);
  fs::remove(other / "bitcoin.conf");
  EXPECT_EQ(load({}).base_directory(), other);
}

TEST_F(OptionsTest, WhichFileIsRead) {
  write("bitcoin.conf", "rpcthreads=3\n");
  EXPECT_EQ(load({}).get_int("rpcthreads"), 3);
  config("rpcthreads=4\n");
  EXPECT_EQ(load({}).get_int("rpcthreads"), 4);
  EXPECT_THAT(load({}).warnings(), Contains(HasSubstr("only the first is read")));
  EXPECT_EQ(load({"-conf=bitcoin.conf", "-allowignoredconf"}).get_int("rpcthreads"), 3);
  EXPECT_EQ(load({"-noconf", "-allowignoredconf"}).get_int("rpcthreads"), 16);
  EXPECT_THAT(refusal({"-conf=none.conf"}), HasSubstr("could not be opened"));
  fs::create_directory(data_ / "folder");
  EXPECT_THAT(refusal({"-conf=folder"}), HasSubstr("is a directory"));
}

TEST_F(OptionsTest, DataDirectory) {
  EXPECT_THAT(refusal({"-datadir=/nonexistent/x"}),
              HasSubstr("Specified data directory \"/nonexistent/x\" does not exist"));
  EXPECT_EQ(load({"-datadir=" + home_.string(), "-signet"}).network_directory(), home_ / "signet");
  const Options options =
      load({"-blocksdir=" + home_.string(), "-regtest", "-debuglogfile=/var/log/x", "-norpccookiefile"});
  EXPECT_EQ(options.blocks_parent(), home_ / "regtest");
  EXPECT_EQ(options.get_path("debuglogfile"), "/var/log/x");
  EXPECT_EQ(options.get_path("rpccookiefile"), "");
}

TEST_F(OptionsTest, B157_NoHomeNeedsADataDirectory) {
  environment_.home.clear();
  EXPECT_THAT(refusal({}), HasSubstr("-datadir"));
  EXPECT_EQ(load({"-datadir=" + data_.string()}).base_directory(), data_);
  EXPECT_FALSE(Environment::from_system().home.empty());
}

TEST_F(OptionsTest, B149_Prune) {
  EXPECT_THAT(refusal({"-prune=549"}), HasSubstr("below the minimum of 550 MiB"));
  EXPECT_THAT(refusal({"-prune=-1"}), HasSubstr("negative"));
  EXPECT_THAT(refusal({"-prune=550", "-txindex"}), HasSubstr("incompatible with -txindex"));
  EXPECT_EQ(load({"-prune=1"}).get_int("prune"), 1);
  EXPECT_EQ(load({"-prune=550"}).get_int("prune"), 550);
}

TEST_F(OptionsTest, B150_Cache) {
  EXPECT_THAT(refusal({"-dbcache=-1"}), HasSubstr("-dbcache"));
  EXPECT_EQ(load({"-dbcache=0"}).get_int("dbcache"), 0);
  EXPECT_THAT(load({"-dbcache=9000"}).warnings(), Contains(HasSubstr("more than the 8192 MiB")));
  EXPECT_THAT(refusal({"-dbcache=1.5"}), HasSubstr("whole number"));
  EXPECT_THAT(refusal({"-dbcache"}), HasSubstr("Please specify value with -dbcache=value."));
}

TEST_F(OptionsTest, B151_Ports) {
  for (const char* port : {"0", "65536", "-1", "x", ""}) {
    EXPECT_THAT(refusal({"-port=" + std::string{port}}), HasSubstr("port")) << port;
    EXPECT_THAT(refusal({"-rpcport=" + std::string{port}}), HasSubstr("port")) << port;
  }
  EXPECT_THAT(refusal({"-port=65536"}), HasSubstr("Invalid port specified in -port: '65536'"));
  EXPECT_THAT(refusal({"-port=5000", "-rpcport=5000"}), HasSubstr("both 5000"));
  EXPECT_THAT(refusal({"-port=8332"}), HasSubstr("both 8332"));
}

TEST_F(OptionsTest, WhoDoesNotListenBindsNothing) {
  for (const std::string bind : {"-bind=1.2.3.4", "-whitebind=1.2.3.4:5"}) {
    EXPECT_EQ(refusal({bind, "-listen=0"}), "Cannot set -bind or -whitebind together with -listen=0");
    EXPECT_TRUE(load({bind, "-listen=1"}).get_bool("listen"));
    EXPECT_TRUE(load({bind, "-listen=0", "-listen=1"}).get_bool("listen"));
    EXPECT_TRUE(load({bind, "-proxy=1.2.3.4"}).get_bool("listen"));
  }
  EXPECT_FALSE(load({"-bind=1.2.3.4", "-nobind", "-listen=0"}).get_bool("listen"));
}

TEST_F(OptionsTest, WhatThisBuildDoesNotHaveIsRefused) {
  for (const std::string option : {"-blockfilterindex", "-blockfilterindex=1", "-blockfilterindex=basic",
                                   "-peerblockfilters", "-peerblockfilters=1"}) {
    EXPECT_THAT(refusal({option}), HasSubstr("This build has no block filter index yet")) << option;
  }
  EXPECT_FALSE(load({"-blockfilterindex=0", "-peerblockfilters=0"}).get_bool("peerblockfilters"));
  EXPECT_FALSE(load({"-noblockfilterindex", "-nopeerblockfilters"}).get_bool("peerblockfilters"));
}

TEST_F(OptionsTest, B152_ProxiesAndNetworks) {
  for (const char* proxy : {":", "a b", "host:0", "host:99999", "host:x", "unix:"}) {
    EXPECT_THAT(refusal({"-proxy=" + std::string{proxy}}), HasSubstr("Invalid -proxy")) << proxy;
  }
  for (const char* proxy : {"127.0.0.1:9050", "[::1]:9050", "host", "unix:/run/tor", "1.2.3.4:1=onion", "0"}) {
    EXPECT_TRUE(load({"-proxy=" + std::string{proxy}}).is_set("proxy")) << proxy;
  }
  EXPECT_THAT(refusal({"-onlynet=ipv5"}), HasSubstr("Unknown network specified in -onlynet: 'ipv5'"));
}

TEST_F(OptionsTest, B153_Hashes) {
  const std::string digits(64, 'a');
  for (const char* name : {"assumevalid", "minimumchainwork"}) {
    const std::string option = "-" + std::string{name} + "=";
    EXPECT_THAT(refusal({option + "xyz"}), HasSubstr("must be up to 64 hex digits"));
    EXPECT_THAT(refusal({option + digits + "0"}), HasSubstr(name));
    EXPECT_THAT(refusal({option}), HasSubstr(name));
    for (const std::string& good : {std::string{"0"}, digits, "0x" + digits})
      EXPECT_EQ(load({option + good}).get_string(name), good);
  }
}

TEST_F(OptionsTest, B154_Credentials) {
  for (const char* value : {"", "user", "user:salt", ":salt$hash", "user$x:hash", "user:salt$"}) {
    EXPECT_THAT(refusal({"-rpcauth=" + std::string{value}}), HasSubstr("Invalid -rpcauth")) << value;
  }
  EXPECT_THAT(load({"-rpcauth=a:b$c", "-rpcauth=d:e$f"}).get_list("rpcauth"), ElementsAre("a:b$c", "d:e$f"));
  EXPECT_THAT(refusal({"-rpccookieperms=world"}), HasSubstr("rpccookieperms"));
  config("rpcpassword=secret#1\n");
  EXPECT_THAT(refusal({}), HasSubstr("using # in rpcpassword can be ambiguous"));
}

TEST_F(OptionsTest, B155_RpcNeedsBindAndAllow) {
  EXPECT_THAT(load({"-rpcbind=0.0.0.0"}).warnings(), Contains(HasSubstr("-rpcbind was ignored")));
  EXPECT_THAT(load({"-rpcallowip=::/0"}).warnings(), Contains(HasSubstr("loopback only")));
  EXPECT_THAT(load({"-rpcbind=0.0.0.0", "-rpcallowip=::/0"}).warnings(), IsEmpty());
}

TEST_F(OptionsTest, B173_SettingsFile) {
  const std::string file = (data_ / "settings.json").string();
  for (const char* text :
       {"", "{", "[]", "7", R"({"server":1,"server":0})", R"({"server":{}})", R"({"debug":[[]]})", "{\"server\":"}) {
    write("settings.json", text);
    EXPECT_THAT(refusal({}), HasSubstr(file)) << text;
  }
  write("settings.json", R"({"unheard-of": 1, "_warning_": "text"})");
  EXPECT_THAT(load({}).warnings(), ElementsAre(HasSubstr("unknown setting unheard-of")));
}

TEST_F(OptionsTest, WrongValuesNameOptionValueAndPlace) {
  EXPECT_EQ(refusal({"-server=yes"}), "Invalid -server: 'yes' is neither 0 nor 1 (the command line).");
  EXPECT_THAT(refusal({"-maxuploadtarget=5q"}), HasSubstr("'5q' is not a size"));
  EXPECT_THAT(refusal({"-minrelaytxfee=0.000000001"}), HasSubstr("is not an amount"));
  EXPECT_THAT(refusal({"-loglevel=net:loud"}), HasSubstr("no level"));
  EXPECT_THAT(refusal({"-checkpoints=0"}), HasSubstr("removed"));
  EXPECT_THAT(refusal({"-mocktime=5"}), HasSubstr("regtest"));
  EXPECT_THAT(load({"-debug=libevent"}).warnings(),
              Contains(HasSubstr("Unsupported logging category -debug=libevent")));
}

TEST_F(OptionsTest, OptionsThatImplyOthers) {
  EXPECT_FALSE(load({"-connect=x"}).get_bool("listen"));
  EXPECT_TRUE(load({"-connect=x", "-listen"}).get_bool("listen"));
  EXPECT_TRUE(load({"-connect=x", "-bind=1.2.3.4"}).get_bool("listen"));
  EXPECT_FALSE(load({"-noconnect"}).get_bool("dnsseed"));
  EXPECT_FALSE(load({"-nolisten"}).get_bool("listenonion"));
  EXPECT_EQ(load({"-blocksonly"}).get_int("maxmempool"), 5);
  EXPECT_FALSE(load({"-daemon"}).get_bool("printtoconsole"));
  EXPECT_FALSE(load({"-debug"}).get_bool("shrinkdebugfile"));
}

TEST_F(OptionsTest, R020_SecretsAreNotShown) {
  const std::string marker = "marker-secret";
  config("rpcpassword=" + marker + "\nrpcuser=" + marker + "\n");
  const Options options = load({"-rpcauth=u:s$" + marker, "-torpassword=" + marker, "-server=1"});
  bool saw_server = false;
  for (const std::string& line : options.describe()) {
    EXPECT_EQ(line.find(marker), std::string::npos) << line;
    saw_server = saw_server || line == "Command-line arg: server=\"1\"";
  }
  EXPECT_TRUE(saw_server);
}

TEST_F(OptionsTest, HelpReadsNoFile) {
  config("-broken");
  EXPECT_TRUE(load({"-help"}).is_set("help"));
  EXPECT_TRUE(load({"-?"}).is_set("?"));
  EXPECT_TRUE(load({"-version", "-datadir=/nonexistent"}).is_set("version"));
}

TEST_F(OptionsTest, ClientTakesWordsAsTheyAre) {
  const Options options = load({"-regtest", "-rpcwait", "getblockhash", "-1", "--x", "word"}, Program::Client);
  EXPECT_THAT(options.words(), ElementsAre("getblockhash", "-1", "--x", "word"));
  EXPECT_TRUE(options.get_bool("rpcwait"));
  EXPECT_THAT(refusal({"-txindex"}, Program::Client), HasSubstr("Invalid parameter -txindex"));
  config("txindex=1\nrpcuser=u\nmaxmempool=7\n");
  EXPECT_EQ(load({}, Program::Client).get_string("rpcuser"), "u");
}

TEST(ParseSize, Suffixes) {
  EXPECT_EQ(parse_size("0", 'M'), 0u);
  EXPECT_EQ(parse_size("5", 'M'), 5u << 20);
  EXPECT_EQ(parse_size("5m", 'M'), 5'000'000u);
  EXPECT_EQ(parse_size("5k", 'M'), 5'000u);
  EXPECT_EQ(parse_size("5K", 'M'), 5u << 10);
  EXPECT_EQ(parse_size("1T", 'M'), std::uint64_t{1} << 40);
  EXPECT_EQ(parse_size("1t", 'M'), 1'000'000'000'000u);
  for (const char* text : {"", "M", "-1", "+1", "1.5G", "1GB", "99999999999999999999", "99999999999T"}) {
    EXPECT_EQ(parse_size(text, 'M'), std::nullopt) << text;
  }
}

TEST(OptionTable, NamesAreUniqueAndDefaultsAreValid) {
  std::set<std::string_view> names;
  for (const OptionRow& row : option_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
    EXPECT_FALSE(row.name.starts_with("no")) << row.name;
  }
  EXPECT_EQ(names.size(), 207u);
  for (const char* name : {"assumevalid", "whitebind", "zmqpubsequencehwm", "walletcrosschain", "prevoutfetchthreads",
                           "rpcwhitelistdefault", "inboundrelaypercent", "uacomment", "rpcwaittimeout"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(Help, ListsWhatTheProgramTakes) {
  const std::string node = help_text(Program::Node, HelpLevel::Usual);
  EXPECT_THAT(node, HasSubstr("  -dbcache=<n>\n       Memory"));
  EXPECT_THAT(node, HasSubstr("RPC server options:\n\n"));
  EXPECT_EQ(node.find("-dbbatchsize"), std::string::npos);
  EXPECT_EQ(node.find("-rpcwaittimeout"), std::string::npos);
  EXPECT_THAT(help_text(Program::Node, HelpLevel::Debug), HasSubstr("-dbbatchsize"));
  const std::string client = help_text(Program::Client, HelpLevel::Usual);
  EXPECT_THAT(client, HasSubstr("-rpcwaittimeout=<n>"));
  EXPECT_EQ(client.find("-txindex"), std::string::npos);
  std::istringstream lines{node};
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 79u) << line;
}

TEST_F(OptionsTest, TheExampleFileIsAcceptedAndChangesNothing) {
  config(example_config());
  const Options options = load({});
  EXPECT_THAT(options.warnings(), IsEmpty());
  EXPECT_THAT(options.describe(), IsEmpty());
  EXPECT_THAT(example_config(), HasSubstr("\n#rpcthreads=16\n"));
}

// KEPENG_UPDATE=1 writes the file anew.
TEST(ExampleConfig, TheFileInTheTreeIsTheGeneratedOne) {
  const fs::path file = test::source_path("share/kepeng.conf.example");
  if (std::getenv("KEPENG_UPDATE") != nullptr) std::ofstream{file} << example_config();
  std::ifstream in{file};
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>{in}, {}), example_config());
}

TEST_F(OptionsTest, NetworkFactsAgreeWithTheNetworks) {
  for (const auto network : {Network::Main, Network::Testnet3, Network::Testnet4, Network::Signet, Network::Regtest}) {
    params::NetworkChoice choice;
    choice.network = network;
    const auto facts = params::make_network(choice);
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->rpc_port, rpc_port_of(network));
    EXPECT_EQ(facts->data_subdirectory, subdirectory_of(network));
  }
}

}  // namespace
}  // namespace kepeng::config
