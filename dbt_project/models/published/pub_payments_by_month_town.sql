with disbursements as (
    select * from {{ ref('fct_disbursement') }}
),

final as (
    select
        benefit_month,
        town_code,
        programme_code,
        cast(sum(lines_count) as integer) as lines_count,
        cast(sum(success_lines_count) as integer) as success_lines_count,
        cast(sum(on_time_lines_count) as integer) as on_time_lines_count,
        cast(sum(returned_lines_count) as integer) as returned_lines_count,
        cast(sum(reversed_lines_count) as integer) as reversed_lines_count,
        cast(sum(due_yuan) as decimal(14, 2)) as due_yuan,
        cast(sum(paid_yuan) as decimal(14, 2)) as paid_yuan
    from disbursements
    group by benefit_month, town_code, programme_code
)

select * from final
