{#
A covered member's share of a household's amount, in yuan.

Arguments: amount (yuan of the household), covered_count (covered members as registered). A household that was paid when nobody
in it was covered any more has one share: the whole amount.
#}
{% macro household_share(amount, covered_count) -%}
    cast({{ amount }} / greatest({{ covered_count }}, 1) as decimal(14, 2))
{%- endmacro %}
