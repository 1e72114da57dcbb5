#include "odoo_fixture.hpp"

#include <calluna/directory/directory.hpp>
#include <calluna/directory/user.hpp>

#include <gmock/gmock.h>

#include <fstream>

namespace calluna::bindings {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// The contract that every adapter has to keep, run on those that are built in.
class adapter_contract : public odoo_app_test {
 protected:
  erp::record_id seed() {
    auto const vip = add("res.partner.category", {{"name", "VIP"}});
    auto const company =
        add("res.partner", {{"name", "Archer Ltd"}, {"is_company", true}, {"phone", "030 1"}});
    erp::record_id ann = 0;
    for (int i = 0; i < 7; ++i)
      ann = add("res.partner", {{"name", "Ann " + std::to_string(i)},
                                {"phone", "+4930555000" + std::to_string(i)},
                                {"category_id", {vip}},
                                {"parent_id", company},
                                {"commercial_partner_id", company},
                                {"commercial_company_name", "Archer Ltd"},
                                {"user_id", 8},
                                {"country_id", 2},
                                {"lang", "de_DE"}});
    add("res.users", {{"login", "anna"}, {"name", "Anna"}, {"share", false}, {"phone", "101"}});
    return ann;
  }
};

TEST_F(adapter_contract, is_kept_by_odoo) {
  auto const ann = seed();
  run(R"lua(
    local contract = require "calluna.adapter_contract"
    local adapter = require("calluna.adapter").open("odoo", { odoo = "main", settings = { batch = 3 } })
    local ann = )lua" +
      std::to_string(ann) + R"lua(
    contract.check(adapter, {
      number = "+49305550006", ref = { model = "res.partner", id = ann }, file = { name = "a.txt", data = "x" },
      lead = { name = "Callback", partner = ann },
      call = { id = "17.4", direction = "in", status = "answered", talk_seconds = 61, remote_number = "+49305550006",
               partner = { id = ann } },
      change = function() assert(odoo:write("res.partner", ann, { name = "Ann the last" })) end,
    })
    show(adapter:probe())
    show(json.encode(adapter:find_by_number("+49305550006")))
    show(json.encode(adapter:users()))
  )lua");
  auto const lines = log_lines();
  ASSERT_GE(lines.size(), 3U);
  EXPECT_EQ(lines[lines.size() - 3], "info Odoo 19.0, 8 partners");
  auto const partner = json::parse(lines[lines.size() - 2].substr(5));
  EXPECT_EQ(partner["name"], "Ann the last");
  EXPECT_EQ(partner["company"], "Archer Ltd");
  EXPECT_EQ(partner["tags"], json::array({"VIP"}));
  EXPECT_EQ(partner["region"], "DE");
  EXPECT_EQ(partner["salesperson"], "8");
  EXPECT_EQ(partner["url"], server.url() + "/odoo/res.partner/" + std::to_string(ann));
  auto const user = json::parse(last_log().substr(5))[0];
  EXPECT_EQ(user["id"], "anna");
  EXPECT_EQ(user["extension"], "101");
  EXPECT_EQ(user["devices"][0]["channel"], "PJSIP/101");
  auto const notes = server.with([](auto& db) { return db.records("mail.message"); });
  ASSERT_EQ(notes.size(), 2U) << "a call is noted once";
  EXPECT_EQ(notes[0]["body"], "Incoming call, +49305550006, answered, 1:01");
  EXPECT_EQ(record("crm.lead")["partner_id"], ann);
}

TEST_F(adapter_contract, a_model_of_ones_own_takes_the_calls) {
  run(R"lua(
    local adapter = require("calluna.adapter").open("odoo", { settings = {
      call = { model = "phone.call", key = "linkedid", fields = { direction = "direction", partner_id = "partner" } } } })
    require("calluna.adapter_contract").check(adapter, {
      call = { id = "17.4", direction = "in", partner = { id = 3 } } })
  )lua");
  EXPECT_EQ(record("phone.call")["linkedid"], "17.4");
  EXPECT_EQ(record("phone.call")["partner_id"], 3);
}

TEST_F(adapter_contract, is_kept_by_a_file) {
  auto const path = std::filesystem::temp_directory_path() /
                    ("calluna_adapter_" + std::to_string(::getpid()) + ".csv");
  std::ofstream(path) << "id,name,numbers,tags\n1,Ann,+49301;+49302,VIP\n2,Bob,+49303,\n";
  run("local adapter = require('calluna.adapter').open('csv', { file = '" + path.string() +
      R"lua(' })
    require("calluna.adapter_contract").check(adapter, { number = "+49301", call = { id = "1" }, ref = { id = 1 },
      file = "x", lead = {} })
    local value, err = adapter:note({ id = 1 }, "x")
    show(value, err.kind)
  )lua");
  EXPECT_EQ(last_log(), "info nil invalid");
  std::filesystem::remove(path);
}

TEST_F(adapter_contract, says_what_is_wrong_with_one) {
  run(R"lua(
    local contract, adapter = require "calluna.adapter_contract", require "calluna.adapter"
    local function good() return "here" end
    local function try(made)
      local ok, e = pcall(function() contract.check(adapter.check(made, "mine")) end)
      show(ok, e)
    end
    try { probe = good }
    try { probe = function() return 7 end, changes = function() return { cursor = "x" } end }
    try { probe = good, changes = function() return {} end }
    try { probe = good, changes = function() return { cursor = "x", upserts = { { name = "no id" } } } end }
    try { probe = good, changes = function() return { cursor = "x", upserts = { { id = "1", nmae = "x" } } } end }
    local n = 0
    try { probe = good, changes = function() n = n + 1 return { cursor = "x", upserts = { { id = tostring(n) } } } end }
    try { probe = good, changes = function() return { cursor = "x" } end, log_call = function() return 1 end }
  )lua");
  auto const& lines = log_lines();
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_THAT(lines[0], HasSubstr("no function 'changes'"));
  EXPECT_THAT(lines[1], HasSubstr("probe returned a number"));
  EXPECT_THAT(lines[2], HasSubstr("has no cursor"));
  EXPECT_THAT(lines[3], HasSubstr("'id' is missing"));
  EXPECT_THAT(lines[4], HasSubstr("unknown option 'nmae' (did you mean 'name'?)"));
  EXPECT_THAT(lines[5], HasSubstr("asked for twice"));
  EXPECT_EQ(lines[6], "info true nil");
}

/// The runtime's own app that fills the directory, with the odoo adapter.
class directory_sync : public odoo_app_test {
 protected:
  void begin(int batch = 3) {
    if (options.services.erps.empty()) connect();
    if (!options.services.partners) {
      options.services.partners =
          directory::directory::create(blocking.get_executor(), {"", "DE", {}}, logger{});
      options.services.partners->open([](auto) {});
    }
    options.services.users = directory::user_registry::create({}).value();
    options.grants = {"directory"};
    options.path = "calluna:directory_sync";
    options.log = logger(lines, "app");
    options.time = time;
    options.config_json = json{
        {"adapter", "odoo"},
        {"odoo", "main"},
        {"refresh", 60},
        {"full", 86400},
        {"settings",
         {{"batch", batch}}}}.dump();
    app_ = app::create(loop.get_executor(), options, *this);
    auto const loaded = app_->load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    app_->start([this](result<void> outcome) { started = std::move(outcome); });
  }
  std::size_t known() { return options.services.partners->status().partners; }
  void until(std::function<bool()> done) {
    ASSERT_TRUE(fakes::run_until(loop, done))
        << lines->lines.size() << (lines->lines.empty() ? "" : lines->lines.back());
  }
  /// Until users have been asked for once more, which is what a refresh ends with, and all is
  /// quiet.
  void until_asked_for_users(int before) {
    auto const client = options.services.erps["main"];
    until([&] {
      return server.count("res.users.search_read") > before && client->status().busy == 0;
    });
    settle();
    bool written = false;  // what the app has given the directory by now
    options.services.partners->cursor(
        "", [&](auto) { boost::asio::post(loop, [&] { written = true; }); });
    until([&] { return written; });
    settle();
  }
  void refresh(double seconds = 61) {
    auto const before = server.count("res.users.search_read");
    time->advance(std::chrono::milliseconds(static_cast<long>(seconds * 1000)));
    app_->wake();
    until_asked_for_users(before);
  }
  void first_run() { until_asked_for_users(0); }
  std::string name_of(erp::record_id id) {
    auto const now = options.services.partners->current();
    return std::string(now->get(std::to_string(id)).name());
  }
  std::shared_ptr<recording_log> lines = std::make_shared<recording_log>();
};

TEST_F(directory_sync, takes_everybody_in_steps_and_then_what_changes) {
  std::vector<erp::record_id> ids;
  for (int i = 0; i < 8; ++i)
    ids.push_back(add("res.partner", {{"name", "P" + std::to_string(i)},
                                      {"phone", "+4930555000" + std::to_string(i)}}));
  add("res.users", {{"login", "anna"}, {"name", "Anna"}, {"share", false}, {"phone", "101"}});
  begin();
  first_run();
  EXPECT_EQ(known(), 8U);
  EXPECT_EQ(name_of(ids[7]), "P7");
  EXPECT_EQ(options.services.users->current()->get("anna")->extension, "101");
  server.with([&](auto& db) {
    db.run("res.partner", "write", {{"ids", {ids[2]}}, {"vals", {{"name", "New name"}}}});
    db.add("res.partner", {{"name", "P8"}, {"phone", "+49305550009"}});
  });
  refresh();
  EXPECT_EQ(known(), 9U);
  EXPECT_EQ(name_of(ids[2]), "New name");
  EXPECT_EQ(name_of(ids[3]), "P3");
}

TEST_F(directory_sync, who_is_archived_is_gone_at_the_next_refresh) {
  auto const ann = add("res.partner", {{"name", "Ann"}, {"phone", "+49301234567"}});
  add("res.partner", {{"name", "Bob"}});
  begin();
  first_run();
  EXPECT_EQ(known(), 2U);
  server.with([&](auto& db) {
    db.run("res.partner", "write", {{"ids", {ann}}, {"vals", {{"active", false}}}});
  });
  refresh();
  EXPECT_EQ(known(), 1U);
  EXPECT_EQ(name_of(ann), "");
}

TEST_F(directory_sync, who_was_deleted_is_found_by_comparing_ids) {
  std::vector<erp::record_id> ids;
  for (int i = 0; i < 8; ++i)
    ids.push_back(add("res.partner", {{"name", "P" + std::to_string(i)}}));
  begin();
  first_run();
  server.with([&](auto& db) {
    db.forget("res.partner", ids[3]);
    db.forget("res.partner", ids[7]);
  });
  refresh();
  EXPECT_EQ(known(), 6U);
  EXPECT_EQ(name_of(ids[3]), "");
  EXPECT_EQ(name_of(ids[7]), "") << "the last one, too";
  auto const searches = server.count("res.partner.search");
  refresh();
  EXPECT_EQ(server.count("res.partner.search"), searches)
      << "ids are compared only when counts differ";
}

TEST_F(directory_sync, a_change_within_the_second_it_was_read_in_is_not_lost) {
  auto const ann = add("res.partner", {{"name", "Ann"}});
  begin();
  first_run();
  refresh();
  server.with([&](auto& db) {
    db.now -= 1;  // the same second again
    db.run("res.partner", "write", {{"ids", {ann}}, {"vals", {{"name", "Ann Archer"}}}});
  });
  refresh();
  EXPECT_EQ(name_of(ann), "Ann Archer");
}

TEST_F(directory_sync, an_odoo_that_is_down_is_asked_again_and_nobody_is_forgotten) {
  auto const ann = add("res.partner", {{"name", "Ann"}});
  begin();
  first_run();
  server.fail_all(fakes::odoo_fault::drop_before);
  time->advance(std::chrono::seconds(61));
  app_->wake();
  until([&] {
    return !lines->lines.empty() && lines->lines.back().find("stays known") != std::string::npos;
  });
  EXPECT_EQ(name_of(ann), "Ann");
  EXPECT_NE(options.services.partners->status().last_error, "");
  add("res.partner", {{"name", "Bob"}});
  server.recover();
  auto const client = options.services.erps["main"];
  until([&] {
    if (client->status().busy == 0) {  // or the answer that is on its way would be too late
      time->advance(std::chrono::seconds(1));
      app_->wake();
    }
    return known() == 2;
  });
}

TEST_F(directory_sync, who_works_there_is_known_after_a_restart_while_odoo_is_down) {
  add("res.users", {{"login", "anna"}, {"name", "Anna"}, {"share", false}, {"phone", "101"}});
  begin();
  first_run();
  server.fail_all(fakes::odoo_fault::drop_before);
  app_->kill();
  begin();
  until([&] {
    return !lines->lines.empty() && lines->lines.back().find("stays known") != std::string::npos;
  });
  auto const* const anna = options.services.users->current()->get("anna");
  ASSERT_NE(anna, nullptr);
  EXPECT_EQ(anna->devices.at(0).channel, "PJSIP/101");
}

TEST_F(directory_sync, a_full_run_that_breaks_off_leaves_who_was_known) {
  for (int i = 0; i < 8; ++i) add("res.partner", {{"name", "P" + std::to_string(i)}});
  server.fail_next("res.partner.search_read", fakes::odoo_fault::status_502);
  begin();
  until([&] {
    return lines->lines.size() > 0 && lines->lines.back().find("stays known") != std::string::npos;
  });
  EXPECT_EQ(known(), 0U);
  refresh(2);
  EXPECT_EQ(known(), 8U);
}

}  // namespace
}  // namespace calluna::bindings
