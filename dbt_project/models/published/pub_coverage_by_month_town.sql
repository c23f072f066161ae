with coverage as (
    select * from {{ ref('fct_coverage') }}
),

final as (
    select
        benefit_month,
        town_code,
        metric_id,
        numerator_count as numerator,
        denominator_count as denominator
    from coverage
)

select * from final
