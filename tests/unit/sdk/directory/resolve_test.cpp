#include <calluna/directory/resolve.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::directory {
namespace {

/// A few partners, named by their ids: "c..." are companies.
class people {
 public:
  people& company(std::string const& id) {
    partner p;
    p.id = id;
    p.name = id;
    p.is_company = true;
    return add(p);
  }
  people& person(std::string const& id, std::string const& company = "") {
    partner p;
    p.id = id;
    p.name = id;
    p.company_id = company;
    p.company = company;
    return add(p);
  }
  std::string resolved(consolidation policy = consolidation::parent,
                       std::string const& company_there = "") {
    std::vector<record> all;
    for (auto const& b : bytes_) all.emplace_back(b);
    partner head;
    head.id = head.name = company_there;
    auto const head_bytes = company_there.empty() ? std::string{} : encode(head);
    auto const r = resolve(all, policy, record(head_bytes));
    EXPECT_EQ(r.candidates.size(), bytes_.size());
    if (r.ambiguous()) return "ambiguous";
    return r.partner.bytes().empty() ? "nobody" : std::string(r.partner.id());
  }

 private:
  people& add(partner const& p) {
    bytes_.push_back(encode(p));
    return *this;
  }
  std::vector<std::string> bytes_;
};

TEST(resolve, nobody_is_nobody) {
  EXPECT_EQ(people().resolved(), "nobody");
}

TEST(resolve, one_match_is_the_answer_by_every_policy) {
  for (auto policy : {consolidation::parent, consolidation::first, consolidation::none})
    EXPECT_EQ(people().person("ann", "c1").resolved(policy), "ann");
}

TEST(resolve, several_without_a_company_are_for_the_policy) {
  auto both = people().person("9").person("10");
  EXPECT_EQ(both.resolved(consolidation::parent), "ambiguous");
  EXPECT_EQ(both.resolved(consolidation::first), "9") << "ids that are numbers go by their value";
  EXPECT_EQ(both.resolved(consolidation::none), "ambiguous");
}

TEST(resolve, several_of_one_company_stand_for_the_company) {
  EXPECT_EQ(people().person("ann", "c1").person("bob", "c1").resolved({}, "c1"), "c1");
  EXPECT_EQ(people().person("ann", "c1").person("bob", "c1").company("c1").resolved(), "c1");
}

TEST(resolve, several_of_a_company_that_is_not_in_the_directory_are_ambiguous) {
  EXPECT_EQ(people().person("ann", "c1").person("bob", "c1").resolved(), "ambiguous");
}

TEST(resolve, a_person_goes_before_their_company) {
  EXPECT_EQ(people().company("c1").person("ann", "c1").resolved(), "ann");
  EXPECT_EQ(people().person("ann", "c1").company("c1").resolved(), "ann");
  EXPECT_EQ(people().person("ann", "c1").company("c1").resolved(consolidation::none), "ambiguous");
}

TEST(resolve, people_of_different_companies_are_ambiguous) {
  EXPECT_EQ(people().person("ann", "c1").person("bob", "c2").resolved(), "ambiguous");
  EXPECT_EQ(people().company("c1").company("c2").resolved(), "ambiguous");
}

TEST(resolve, three_matches_with_one_person_of_a_company_among_them_are_never_silently_nobody) {
  EXPECT_EQ(people().company("c1").person("ann", "c1").person("stranger").resolved(), "ambiguous");
  EXPECT_EQ(people().company("c1").person("ann", "c1").person("bob", "c1").resolved(), "c1");
  EXPECT_EQ(people().company("c1").company("c2").person("ann", "c1").resolved(), "ambiguous");
}

TEST(resolve, somebody_who_is_their_own_company_is_no_person_of_it) {
  EXPECT_EQ(people().person("c1", "c1").person("ann", "c1").resolved(), "ann");
}

TEST(resolve, knows_which_company_it_wants_to_be_told) {
  auto const ann = [] {
    partner p;
    p.id = "ann";
    p.company_id = "c1";
    return encode(p);
  }();
  auto const bob = [] {
    partner p;
    p.id = "bob";
    p.company_id = "c1";
    return encode(p);
  }();
  EXPECT_EQ(company_wanted({record(ann), record(bob)}), "c1");
  EXPECT_EQ(company_wanted({record(ann)}), "");
}

}  // namespace
}  // namespace calluna::directory
