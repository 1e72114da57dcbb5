#include <calluna/directory/user.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::directory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

user with(std::string id, std::string extension, std::vector<std::string> channels,
          std::string pbx = "") {
  user u;
  u.id = std::move(id);
  u.extension = std::move(extension);
  u.pbx = std::move(pbx);
  for (auto& channel : channels) u.devices.push_back({std::move(channel), "", true, ""});
  return u;
}

std::string id_of(user const* u) {
  return u == nullptr ? "" : u->id;
}

user_list list_of(std::vector<user> users) {
  std::vector<std::string> problems;
  user_list all(std::move(users), problems);
  EXPECT_THAT(problems, IsEmpty());
  return all;
}

TEST(user_list, finds_by_key_extension_and_channel) {
  auto anna = with("anna", "101", {"PJSIP/101", "PJSIP/a-b"});
  anna.external_id = "7";
  auto const all = list_of({anna, with("boris", "102", {"PJSIP/102"})});
  EXPECT_EQ(id_of(all.get("anna")), "anna");
  EXPECT_EQ(id_of(all.get("7")), "anna");
  EXPECT_EQ(id_of(all.by_extension("main", "102")), "boris");
  EXPECT_EQ(id_of(all.by_channel("main", "PJSIP/a-b-0000001f")), "anna");
  EXPECT_EQ(id_of(all.by_channel("main", "PJSIP/a-b")), "anna");
  EXPECT_EQ(id_of(all.by_channel("main", "Local/101@agents-0000;2")), "anna");
  EXPECT_EQ(id_of(all.by_channel("main", "PJSIP/a-0000001f")), "");
  EXPECT_EQ(id_of(all.by_channel("main", "")), "");
  EXPECT_EQ(id_of(all.get("nobody")), "");
}

TEST(user_list, a_local_channel_may_be_a_device_itself) {
  auto const all = list_of({with("anna", "101", {}), with("desk", "", {"Local/101@night"})});
  EXPECT_EQ(id_of(all.by_channel("", "Local/101@night-00000001;1")), "desk");
  EXPECT_EQ(id_of(all.by_channel("", "Local/101@day-00000001;1")), "anna");
}

TEST(user_list, one_extension_on_two_pbxs_is_two_users) {
  auto const all = list_of(
      {with("anna", "101", {"PJSIP/101"}, "north"), with("boris", "101", {"PJSIP/101"}, "south")});
  EXPECT_EQ(id_of(all.by_extension("north", "101")), "anna");
  EXPECT_EQ(id_of(all.by_channel("south", "PJSIP/101-00000001")), "boris");
  EXPECT_EQ(id_of(all.by_extension("", "101")), "") << "it could be either";
}

TEST(user_list, what_two_claim_is_told_with_both_names) {
  std::vector<std::string> problems;
  user_list const all({with("anna", "101", {"PJSIP/101"}), with("boris", "101", {"PJSIP/101"})},
                      problems);
  EXPECT_THAT(problems, ElementsAre("extension 101 belongs to 'anna' already, not to 'boris'",
                                    "device PJSIP/101 belongs to 'anna' already, not to 'boris'"));
  EXPECT_EQ(id_of(all.by_extension("", "101")), "anna");
}

TEST(user_list, who_comes_second_goes_without_what_both_claim) {
  std::vector<std::string> problems;
  user_list const all(
      {with("anna", "101", {"PJSIP/101"}), with("boris", "101", {"PJSIP/101", "PJSIP/201"})},
      problems);
  EXPECT_EQ(problems.size(), 2U);
  EXPECT_THAT(endpoints(*all.get("boris")), ElementsAre("PJSIP/201"));
  EXPECT_EQ(all.get("boris")->extension, "");
}

TEST(user_list, somebody_without_a_pbx_is_on_everybodys) {
  std::vector<std::string> problems;
  user_list const all({with("anna", "101", {}, "main"), with("boris", "101", {}),
                       with("chloe", "102", {}), with("dan", "102", {}, "main")},
                      problems);
  EXPECT_THAT(problems,
              ElementsAre("extension 101 belongs to 'anna' already, not to 'boris'",
                          "extension 102 on PBX 'main' belongs to 'chloe' already, not to 'dan'"));
  EXPECT_EQ(id_of(all.by_extension("main", "102")), "chloe");
  EXPECT_EQ(id_of(all.by_extension("", "101")), "anna");
}

TEST(user_registry, a_conflict_in_the_configuration_is_an_error) {
  auto const made = user_registry::create({with("anna", "101", {}), with("boris", "101", {})});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("extension 101"));
}

TEST(user_registry, the_business_system_completes_configured_users_and_adds_others) {
  auto anna = with("anna", "101", {"PJSIP/101"});
  anna.email = "anna@example.com";
  auto const registry = user_registry::create({anna}).value();
  auto const before = registry->version();
  user told;
  told.id = "anna.archer";
  told.email = "Anna@Example.com";
  told.external_id = "7";
  told.name = "Anna Archer";
  told.devices = {{"PJSIP/999", "", true, ""}};
  EXPECT_THAT(registry->put({told, with("boris", "102", {"PJSIP/102"})}), IsEmpty());
  EXPECT_NE(registry->version(), before);
  auto const all = registry->current();
  EXPECT_EQ(all->all().size(), 2U);
  EXPECT_EQ(id_of(all->get("7")), "anna");
  EXPECT_EQ(all->get("anna")->name, "Anna Archer");
  EXPECT_THAT(endpoints(*all->get("anna")), ElementsAre("PJSIP/101")) << "the configuration wins";
  EXPECT_THAT(registry->put({}), IsEmpty());
  EXPECT_EQ(registry->current()->all().size(), 1U);
}

TEST(user_registry, a_conflict_with_the_business_system_is_told_and_the_configured_user_wins) {
  auto const registry = user_registry::create({with("anna", "101", {"PJSIP/101"})}).value();
  EXPECT_THAT(registry->put({with("eve", "101", {})}), ElementsAre(HasSubstr("'anna'")));
  EXPECT_EQ(id_of(registry->current()->by_extension("", "101")), "anna");
}

}  // namespace
}  // namespace calluna::directory
