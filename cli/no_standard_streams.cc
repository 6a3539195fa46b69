// Whoever includes <iostream>, as CLI11 and Boost.URL do, has std::cout and its kin made when the
// program starts: a tenth of the time of `twx --version`. twx reads and writes descriptors, so the
// linker's option --wrap puts these in the place of what makes and flushes them.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __wrap__ZNSt8ios_base4InitC1Ev();  // std::ios_base::Init::Init()
void __wrap__ZNSt8ios_base4InitD1Ev();
void __wrap__ZNSt8ios_base4InitC1Ev() {}
void __wrap__ZNSt8ios_base4InitD1Ev() {}
}
// NOLINTEND(bugprone-reserved-identifier)
