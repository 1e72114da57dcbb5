#include <calluna/directory/record.hpp>

#include <gtest/gtest.h>

namespace calluna::directory {
namespace {

partner full() {
  partner p;
  p.id = "17";
  p.name = "Ann Archer";
  p.company_id = "4";
  p.company = "Archer Ltd";
  p.tags = {"VIP", "", "newsletter"};
  p.numbers = {"+1 415 555 0101"};
  p.region = "US";
  p.salesperson = "anna";
  p.salesperson_endpoints = {"PJSIP/101", "PJSIP/201"};
  p.url = std::string(300, 'u');  // a length of two bytes
  p.lang = "en_US";
  return p;
}

TEST(directory_record, a_partner_comes_back_as_it_was) {
  auto const p = full();
  auto const bytes = encode(p);
  EXPECT_EQ(decode(record(bytes)), p);
  EXPECT_EQ(decode(record(encode(partner{}))), partner{});
}

TEST(directory_record, bytes_cut_anywhere_are_read_without_harm) {
  auto const bytes = encode(full());
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    static_cast<void>(decode(record(std::string_view(bytes).substr(0, cut))));
}

TEST(directory_record, the_display_name_names_the_company_where_there_is_one) {
  partner p;
  p.name = "Ann";
  EXPECT_EQ(display_name(record(encode(p))), "Ann");
  p.company = "Archer Ltd";
  EXPECT_EQ(display_name(record(encode(p))), "Ann (Archer Ltd)");
  p.name.clear();
  EXPECT_EQ(display_name(record(encode(p))), "Archer Ltd");
  p.name = p.company;
  EXPECT_EQ(display_name(record(encode(p))), "Archer Ltd");
}

}  // namespace
}  // namespace calluna::directory
