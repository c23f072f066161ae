with weeks as (
    select * from {{ ref('int_weeks__numbered') }}
),

final as (
    select
        week_seq,
        week_end_date,
        cast(extract(year from {{ add_days('week_end_date', -3) }}) as integer) as iso_year,
        cast(extract(week from week_end_date) as integer) as iso_week,
        first_week_end_date,
        last_week_end_date
    from weeks
)

select * from final
