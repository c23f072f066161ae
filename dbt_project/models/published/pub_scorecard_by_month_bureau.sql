{%- set dimensions = {
    'timeliness': ('on_time_count', 'due_count'),
    'completeness': ('complete_records_count', 'declared_records_count'),
    'validity': ('valid_records_count', 'records_count'),
    'uniqueness': ('unique_records_count', 'records_count'),
    'consistency': ('consistent_records_count', 'records_count'),
} -%}

with deliveries as (
    select * from {{ ref('fct_delivery') }}
),

measured as (
    {%- for dimension, (numerator, denominator) in dimensions.items() %}
    select
        score_month,
        bureau,
        bureau_zh,
        feed_id,
        '{{ dimension }}' as dimension_code,
        {{ numerator }} as numerator,
        {{ denominator }} as denominator
    from deliveries
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        score_month as month,
        bureau,
        bureau_zh,
        feed_id,
        dimension_code,
        cast(sum(numerator) as bigint) as numerator,
        cast(sum(denominator) as bigint) as denominator
    from measured
    group by score_month, bureau, bureau_zh, feed_id, dimension_code
    having sum(denominator) > 0
)

select * from final
