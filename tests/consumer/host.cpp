// Knows nothing of Tenon and calls a library that holds it.
extern "C" int softmax_rows_sum_to_one();

int main() { return softmax_rows_sum_to_one() == 1 ? 0 : 1; }
