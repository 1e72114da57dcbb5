// The directory filled from a real Odoo 19, over both transports.
#include "support/odoo.hpp"
#include "unit/bindings/app_fixture.hpp"
#include "unit/sdk/erp/client_fixture.hpp"

#include <calluna/directory/directory.hpp>
#include <calluna/directory/user.hpp>
#include <calluna/numbers/reader.hpp>

#include <sstream>

namespace calluna::integration {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using erp::transport_choice;
using testing::Contains;
using testing::ElementsAre;

/// The runtime's own app that fills the directory, from the real server.
class odoo_directory : public bindings::app_test,
                       public testing::WithParamInterface<transport_choice> {
 protected:
  void SetUp() override {
    if (odoo::is_unwanted()) GTEST_SKIP() << "without Odoo, as was asked for";
    server = &odoo::shared();
    erp::client_options o;
    o.url = server->url();
    o.database = server->database();
    o.user = server->user();
    o.key = server->key();
    o.transport = GetParam();
    options.services.erps["main"] = std::make_shared<erp::client>(
        loop.get_executor(), blocking.get_executor(), o, logger(lines, "odoo"));
    options.services.partners =
        directory::directory::create(blocking.get_executor(), {"", "US", {}}, logger{});
    options.services.partners->open([](auto) {});
    options.services.users = directory::user_registry::create({}).value();
    options.grants = {"directory"};
    options.memory = {std::size_t{512} << 20, std::size_t{256} << 20};
    options.path = "calluna:directory_sync";
    options.log = logger(lines, "app");
    options.time = time;
    options.config_json =
        json{{"adapter", "odoo"}, {"odoo", "main"}, {"settings", {{"batch", 500}}}}.dump();
  }
  void TearDown() override {
    app_test::TearDown();
    for (auto const& [name, client] : options.services.erps) client->stop();
    options.services = {};
    blocking.join();
    settle();
  }
  void begin() {
    app_ = bindings::app::create(loop.get_executor(), options, *this);
    auto const loaded = app_->load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    app_->start([](auto) {});
  }
  template <class Done>
  void until(Done done) {
    ASSERT_TRUE(fakes::run_until(loop, done, 60s))
        << (lines->lines().empty() ? "" : lines->lines().back());
  }
  std::vector<std::string> rows(std::string const& query) {
    std::vector<std::string> all;
    std::istringstream text(server->sql(query));
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }
  std::size_t known() { return options.services.partners->status().partners; }

  odoo* server = nullptr;
  boost::asio::thread_pool blocking{6};
  std::shared_ptr<erp::erp_log> lines = std::make_shared<erp::erp_log>();
};
INSTANTIATE_TEST_SUITE_P(odoo_19, odoo_directory,
                         testing::Values(transport_choice::json_rpc, transport_choice::json2),
                         [](auto const& about) {
                           return about.param == transport_choice::json2 ? "json2" : "json_rpc";
                         });

TEST_P(odoo_directory, equals_the_seed_and_follows_changes) {
  begin();
  until([&] { return options.services.partners->status().refreshed_at.has_value(); });
  until([&] { return options.services.users->current()->get("anna") != nullptr; });
  auto const snapshot = options.services.partners->current();
  auto const seed = rows(
      "select id, name, coalesce(substring(comment::text from '[+][0-9]+'), '') from res_partner "
      "where active and ref like 'LAB-%' order by id");
  ASSERT_GT(seed.size(), 2200U);
  numbers::reader reader(0);
  for (auto const& row : seed) {
    auto const first = row.find('|'), last = row.rfind('|');
    auto const id = row.substr(0, first);
    auto const one = snapshot->get(id);
    ASSERT_EQ(one.name(), row.substr(first + 1, last - first - 1)) << row;
    auto const number = row.substr(last + 1);
    if (number.empty()) continue;
    auto const key = reader.read(number, "US");
    ASSERT_TRUE(key) << row;
    std::vector<std::string> found;
    snapshot->find(*key, [&](auto const& r) { found.emplace_back(r.id()); });
    EXPECT_THAT(found, Contains(id)) << row;
  }
  EXPECT_EQ(std::to_string(known()), rows("select count(*) from res_partner where active")[0])
      << "no more than that";
  auto const anna = options.services.users->current()->get("anna");
  EXPECT_EQ(anna->extension, "101");
  auto const ann = rows("select id from res_partner where ref = 'LAB-S-ANN'")[0];
  auto const ann_record = snapshot->get(ann);
  EXPECT_THAT(ann_record.tags(), ElementsAre("VIP"));
  EXPECT_EQ(ann_record.company(), "Archer Ltd");
  EXPECT_EQ(std::string(ann_record.salesperson()), anna->external_id);
  EXPECT_EQ(
      snapshot->get(rows("select id from res_partner where ref = 'LAB-S-ARCHIVED'")[0]).name(), "");

  auto const was = known();
  server->sql(
      "update res_partner set name = 'Ann Renamed', write_date = now() at time zone 'utc' where "
      "ref = 'LAB-S-ANN'");
  server->sql(
      "update res_partner set active = false, write_date = now() at time zone 'utc' where ref = "
      "'LAB-S-BOB'");
  bool const json2 = GetParam() == transport_choice::json2;  // one for each run
  server->sql(std::string("delete from res_partner where ref = 'LAB-S-") +
              (json2 ? "JUNK'" : "EXTENSION'"));
  settle();
  time->advance(61s);
  app_->wake();
  until([&] { return known() == was - 2; });
  EXPECT_EQ(options.services.partners->current()->get(ann).name(), "Ann Renamed");
  server->sql("update res_partner set name = 'Ann Archer' where ref = 'LAB-S-ANN'");
  server->sql("update res_partner set active = true where ref = 'LAB-S-BOB'");
}

TEST_P(odoo_directory, the_adapter_keeps_its_contract) {
  options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
  auto const ann = rows("select id from res_partner where ref = 'LAB-S-ANN'")[0];
  std::string const id = GetParam() == transport_choice::json2 ? "T-CALL-2" : "T-CALL-1";
  auto const loaded = load("local ann, call = " + ann + ", '" + id + R"lua('
    local odoo = require "calluna.odoo"
    return { start = function()
      local adapter = require("calluna.adapter").open("odoo", { odoo = "main", settings = { batch = 700 } })
      require("calluna.adapter_contract").check(adapter, {
        number = "+14155550101", ref = { model = "res.partner", id = ann }, file = { name = "a.txt", data = "x" },
        lead = { name = "Callback", partner = ann },
        call = { id = call, direction = "in", status = "answered", talk_seconds = 61, partner = { id = ann } },
        change = function() assert(odoo:write("res.partner", ann, { name = "Ann Archer" })) end,
      })
      assert(assert(adapter:find_by_number("+14155550101")).id == tostring(ann))
      assert(#assert(adapter:users()) >= 5)
    end }
  )lua");
  ASSERT_TRUE(loaded) << loaded.error().message;
  app_->start([this](result<void> outcome) { started = std::move(outcome); });
  until([&] { return started.has_value(); });
  ASSERT_TRUE(*started) << started->error().message;
  EXPECT_EQ(rows("select count(*) from mail_message where message_id = '<call-" + id +
                 "@calluna>' and model = 'res.partner' and res_id = " + ann)[0],
            "1");
}

}  // namespace
}  // namespace calluna::integration
